"""A certificate authority for drills: the certificates with which brokers and programs prove who they are.

    authority = Authority.opened(folder, clock, valid_days=90)
    authority.issue(folder / "changsha", "centre", "changsha-centre")

Keys are P-256 (ECDSA, SHA-256), written with mode 0600. The authority's own key lies unprotected beside the
certificates: good for a drill and a trial, not for real operation, where the site's own authority signs.
"""

import hashlib
import os
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dispatch.causes import cause
from dispatch.clock import Clock
from dispatch.domain.errors import DispatchError
from dispatch.language import _

CA, CA_KEY, REVOKED = "ca.pem", "ca.key", "revoked.pem"
CA_DAYS = 3_650
EARLY = timedelta(hours=1)
"""A certificate is valid from a while before it is made: clocks of two machines differ."""
LONGEST_NAME = 64
"""X.520 allows no longer common name."""


class Authority:
    """The authority in one folder. `opened` makes it where there is none."""

    def __init__(
        self, folder: Path, clock: Clock, key: ec.EllipticCurvePrivateKey, own: x509.Certificate, days: int
    ) -> None:
        self.folder, self.days = folder, days
        self._clock, self._key, self._own = clock, key, own

    @classmethod
    def opened(cls, folder: Path, clock: Clock, *, valid_days: int) -> "Authority":
        """The authority of a folder, made if there is none; DispatchError when it cannot be read or made."""
        try:
            if (folder / CA_KEY).is_file() and (folder / CA).is_file():
                return cls(folder, clock, _read_key(folder / CA_KEY), _read(folder / CA), valid_days)
            return cls._made(folder, clock, valid_days)
        except (OSError, ValueError, TypeError) as error:
            raise DispatchError(
                _(
                    "the certificate authority in {folder} cannot be used: {error}",
                    folder=folder,
                    error=cause(error),
                )
            ) from error

    @classmethod
    def _made(cls, folder: Path, clock: Clock, valid_days: int) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "czt drill authority")])
        now = clock.now()
        own = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - EARLY)
            .not_valid_after(now + timedelta(days=CA_DAYS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(folder / CA_KEY, _key_text(key))
        (folder / CA).write_bytes(own.public_bytes(serialization.Encoding.PEM))
        authority = cls(folder, clock, key, own, valid_days)
        authority._write_revoked([])
        return authority

    def issue(
        self, folder: Path, name: str, common_name: str, hosts: Sequence[str] = (), *, peer: bool = False
    ) -> bool:
        """Write `name`.pem and `name`.key, unless a certificate that is still good is there; whether it did.

        With `hosts` (names or addresses) it is a server's, without a client's; a `peer` is both.
        DispatchError when the name is too long or nothing can be written.
        """
        if len(common_name) > LONGEST_NAME:
            raise DispatchError(
                _(
                    "{name} is too long for a certificate: {most} characters",
                    name=common_name,
                    most=LONGEST_NAME,
                )
            )
        certificate = folder / f"{name}.pem"
        try:
            if certificate.is_file() and self._good(_read(certificate), hosts):
                return False
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            key = ec.generate_private_key(ec.SECP256R1())
            made = self._signed(common_name, key, hosts, peer=peer)
            write_private(folder / f"{name}.key", _key_text(key))
            certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        except (OSError, ValueError) as error:
            raise DispatchError(
                _("cannot make the certificate {file}: {error}", file=certificate, error=cause(error))
            ) from error
        return True

    def revoke(self, certificate: Path) -> None:
        """Put a certificate on the list that brokers refuse, and take it and its key away."""
        try:
            serial = _read(certificate).serial_number
            self._write_revoked([*self.revoked(), serial])
            certificate.unlink()
            certificate.with_suffix(".key").unlink(missing_ok=True)
        except (OSError, ValueError) as error:
            raise DispatchError(
                _("cannot revoke the certificate {file}: {error}", file=certificate, error=cause(error))
            ) from error

    def revoked(self) -> list[int]:
        """Serial numbers of the certificates that were revoked."""
        listed = x509.load_pem_x509_crl((self.folder / REVOKED).read_bytes())
        return [one.serial_number for one in listed]

    # --- within --------------------------------------------------------------------------------

    def _good(self, certificate: x509.Certificate, hosts: Sequence[str]) -> bool:
        """Whether it is ours, lasts for half its time yet, and names these hosts."""
        left = certificate.not_valid_after_utc - self._clock.now()
        ours = certificate.issuer == self._own.subject and certificate.serial_number not in self.revoked()
        return ours and left > timedelta(days=self.days / 2) and _hosts_of(certificate) >= set(hosts)

    def _signed(
        self, common_name: str, key: ec.EllipticCurvePrivateKey, hosts: Sequence[str], *, peer: bool
    ) -> x509.Certificate:
        now = self._clock.now()
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH if hosts else ExtendedKeyUsageOID.CLIENT_AUTH]
        if peer:
            purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]))
            .issuer_name(self._own.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - EARLY)
            .not_valid_after(min(now + timedelta(days=self.days), self._own.not_valid_after_utc))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
        )
        if hosts:
            names = [_general_name(host) for host in hosts]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def _write_revoked(self, serials: Sequence[int]) -> None:
        """The list is good as long as the authority: a list past its date would shut everybody out."""
        now = self._clock.now()
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._own.subject)
            .last_update(now - EARLY)
            .next_update(self._own.not_valid_after_utc)
        )
        for serial in serials:
            one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now)
            builder = builder.add_revoked_certificate(one.build())
        text = builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        fresh = self.folder / f"{REVOKED}.new"
        fresh.write_bytes(text)
        fresh.replace(self.folder / REVOKED)


def key_digest(certificate: Path) -> str:
    """SHA-256 of a certificate's public key (DER), hexadecimal; ValueError or OSError when it is none."""
    key = _read(certificate).public_key()
    named = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(key.public_bytes(serialization.Encoding.DER, named)).hexdigest()


def write_private(path: Path, content: bytes) -> None:
    """A file that only its owner reads, from its first byte on; what stood there is replaced as a whole."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _hosts_of(certificate: x509.Certificate) -> set[str]:
    try:
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {str(one.value) for one in named}


def _key_text(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds no key of an elliptic curve")
    return key
