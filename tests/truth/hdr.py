"""Reads the HdrHistogram V2 texts of a result, without loadstone's own code.

The format: base64 of [cookie 0x1c849304 | 0x10, length, zlib of [cookie 0x1c849303 | 0x10, payload length, normalizing
offset, significant digits, lowest, highest, conversion ratio, payload]], big-endian. The payload is a list of ZigZag
LEB128 numbers: counts, or negative for so many zeros.
"""

import base64
import math
import struct
import zlib


class Histogram:
    """Counts by value, in nanoseconds."""

    def __init__(self, text):
        data = base64.b64decode(text)
        cookie, length = struct.unpack_from(">ii", data)
        if cookie & ~0xF0 != 0x1C849304:
            raise ValueError(f"not a compressed V2 histogram: {cookie:#x}")
        data = zlib.decompress(data[8 : 8 + length])
        cookie, payload, _, digits, lowest, highest, _ = struct.unpack_from(">iiiiqqd", data)
        if cookie & ~0xF0 != 0x1C849303:
            raise ValueError(f"not a V2 histogram: {cookie:#x}")
        self.digits, self.lowest, self.highest = digits, lowest, highest
        largest = 2 * 10**digits
        self._sub_bits = math.ceil(math.log2(largest))
        self._half = 1 << (self._sub_bits - 1)
        self._unit = int(math.log2(lowest))
        self.counts = []  # (highest equivalent value, count), ascending
        at, index, end = 40, 0, 40 + payload
        while at < end:
            value, at = self._zigzag(data, at)
            if value < 0:
                index -= value
                continue
            if value:
                self.counts.append((self._highest_equivalent(index), value))
            index += 1
        self.total = sum(n for _, n in self.counts)

    @staticmethod
    def _zigzag(data, at):
        raw = shift = 0
        for i in range(9):
            byte = data[at]
            at += 1
            if i == 8:
                raw |= byte << shift
                break
            raw |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        return (raw >> 1) ^ -(raw & 1), at

    def _highest_equivalent(self, index):
        bucket = (index >> (self._sub_bits - 1)) - 1
        sub = (index & (self._half - 1)) + self._half
        if bucket < 0:
            sub -= self._half
            bucket = 0
        shift = bucket + self._unit
        return (sub << shift) + (1 << shift) - 1

    def quantile(self, q):
        """Seconds: the value at rank ceil(q n), the highest that its bucket stands for."""
        rank = max(1, math.ceil(q * self.total))
        for value, n in self.counts:
            rank -= n
            if rank <= 0:
                return value / 1e9
        raise ValueError("an empty histogram")


def quantile(values, q):
    """Of a list, by the same definition."""
    ordered = sorted(values)
    return ordered[max(1, math.ceil(q * len(ordered))) - 1]
