"""Certificates of every kind of wrong, made by the openssl program."""

import os
import subprocess

CONFIG = """
[ca]
default_ca = own
[own]
database = {folder}/index.txt
serial = {folder}/serial
new_certs_dir = {folder}
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
default_days = 2
default_crl_days = 2
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = none
[none]
"""


class Authority:
    """A CA in a folder; `path(name)` of what it has issued: NAME.pem and NAME.key, ca.pem and crl.pem."""

    def __init__(self, folder):
        self.folder = folder
        self._write("openssl.cnf", CONFIG.format(folder=folder))
        self._write("index.txt", "")
        self._write("serial", "1000\n")
        self.self_signed("ca", "the test CA", "basicConstraints=critical,CA:TRUE")

    def path(self, name):
        return os.path.join(self.folder, name)

    def issue(self, name, names="DNS:localhost,IP:127.0.0.1", expired=False):
        self._openssl("req", *self._new(name, name), "-addext", f"subjectAltName={names}", "-out", self.path(name + ".csr"))
        dates = ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"] if expired else []
        self._openssl("ca", "-batch", "-notext", *self._config(), *dates, "-in", self.path(name + ".csr"), "-out",
                      self.path(name + ".pem"))
        return self.path(name + ".pem"), self.path(name + ".key")

    def self_signed(self, name, common_name, extension="subjectAltName=DNS:localhost,IP:127.0.0.1"):
        self._openssl("req", "-x509", "-days", "2", *self._new(name, common_name), "-addext", extension, "-out",
                      self.path(name + ".pem"))
        return self.path(name + ".pem"), self.path(name + ".key")

    def revoke(self, name):
        self._openssl("ca", *self._config(), "-revoke", self.path(name + ".pem"))

    def crl(self):
        self._openssl("ca", *self._config(), "-gencrl", "-out", self.path("crl.pem"))
        return self.path("crl.pem")

    def _new(self, name, common_name):
        return [*self._config(), "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                self.path(name + ".key"), "-subj", f"/CN={common_name}"]

    def _config(self):
        return ["-config", self.path("openssl.cnf")]

    def _write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)

    @staticmethod
    def _openssl(*words):
        done = subprocess.run(["openssl", *words], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise AssertionError(f"openssl {' '.join(words)}: {done.stderr}")
