"""Certificates with which the embedded AWS stands for AWS's own hosts; only what runs in its cages trusts them."""

from __future__ import annotations

import datetime
import ssl
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAYS = 30
_SKEW = datetime.timedelta(hours=1)
_PLACES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


class Authority:
    """Signs for hosts with a key that never leaves this process.

    `bundle`, in `directory`, is the file of all whom clients trust: whom this machine trusts, whom the files `more`
    name, and this authority.
    """

    def __init__(self, directory: Path, more: Iterable[str] = ()) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Rehearsal: AWS's hosts")
        self._certificate = self._sign(self._name, self._key.public_key(), authority=True)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self._own = self._certificate.public_bytes(serialization.Encoding.PEM)
        directory.mkdir(parents=True, exist_ok=True)
        self.bundle = directory / "trusted.pem"
        part = self.bundle.with_suffix(".part")
        part.write_bytes(_trusted(more) + self._own)
        part.chmod(0o644)
        part.replace(self.bundle)

    def context(self, host: str) -> ssl.SSLContext:
        """With which a server is `host`."""
        with self._lock:
            if host not in self._contexts:
                self._contexts[host] = self._make(host)
            return self._contexts[host]

    def _make(self, host: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(_name(host[:64]), key.public_key(), host=host)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile(dir=self.bundle.parent) as file:  # the only way in is a file
            file.write(private + certificate.public_bytes(serialization.Encoding.PEM) + self._own)
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, host: str = "", authority: bool = False
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _SKEW)
            .not_valid_after(now + datetime.timedelta(days=_DAYS))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
            .add_extension(_usage(authority=authority), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if host:
            made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        return made.sign(self._key, hashes.SHA256())


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _trusted(more: Iterable[str]) -> bytes:
    places = (ssl.get_default_verify_paths().cafile, *_PLACES)
    default = next((each for each in places if each and Path(each).is_file()), certifi.where())
    files = dict.fromkeys(Path(each) for each in (default, *more) if each and Path(each).is_file())
    return b"".join(file.read_bytes().rstrip() + b"\n" for file in files)
