"""As servers.py over HTTP/2, which python-h2 speaks: a test decides on every answer, and all requests are remembered."""

import contextlib
import functools
import ssl
from dataclasses import dataclass

import h2.config
import h2.connection
import h2.events
from servers import Request, Server, serving


@dataclass
class Http2Server(Server):
    """Answers are those of servers.plain(), with bodies of up to 16 KiB. In clear it begins with HTTP/2, with a `context` it
    agrees to it by ALPN; who speaks anything else is not heard."""

    context: ssl.SSLContext = None

    @property
    def url(self):
        return ("https" if self.context else "http") + super().url.removeprefix("http")

    def _converse(self, connection, peer, number):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(connection)
            if self.context:
                connection = stack.enter_context(self.context.wrap_socket(connection, server_side=True))
                if connection.selected_alpn_protocol() != "h2":
                    return
            session = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
            session.initiate_connection()
            connection.sendall(session.data_to_send())
            fields, bodies = {}, {}  # by stream
            while data := connection.recv(65536):
                for event in session.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        fields[event.stream_id], bodies[event.stream_id] = dict(event.headers), b""
                    elif isinstance(event, h2.events.DataReceived):
                        bodies[event.stream_id] += event.data
                        session.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    elif isinstance(event, h2.events.StreamEnded):
                        stream = event.stream_id
                        self._respond(session, stream, fields.pop(stream), bodies.pop(stream), (peer, number))
                connection.sendall(session.data_to_send())

    def _respond(self, session, stream, fields, body, where):
        headers = {name: value for name, value in fields.items() if not name.startswith(":")}
        request = Request(fields[":method"], fields[":path"], headers, body, *where)
        with self.lock:
            self.requests.append(request)
        head, _, body = self.answer(request).partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        session.send_headers(stream, [(":status", status.split(" ")[1])] + [tuple(line.split(": ", 1)) for line in lines])
        session.send_data(stream, body, end_stream=True)


def serving_http2(answer, authority=None):
    """With an Authority over TLS."""
    context = None
    if authority:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.issue("server"))
        context.set_alpn_protocols(["h2"])
    return serving(answer, kind=functools.partial(Http2Server, context=context))
