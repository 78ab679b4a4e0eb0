"""Certificates for https: the box's own authority and what it signs, and a check of what a bureau brings along.

What: an authority that every box makes for itself once, and a server certificate for the names and addresses of the
    box. Who trusts the authority trusts this box and nothing else: name constraints (RFC 5280, 4.2.1.10) hold it to
    private addresses and local names, so its key, once stolen, is of no use against any site of the internet.
How: ECDSA P-256; the authority's dates do not depend on the clock of the day on which it was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.support.addresses import PRIVATE_NETWORKS, Address, is_private

LOCAL_DOMAINS = ("local", "lan", "home.arpa", "internal", "localhost")
SERVER_DAYS = 397
RENEW_DAYS = 30
_AUTHORITY_FROM = datetime(2026, 1, 1, tzinfo=UTC)
_AUTHORITY_TO = datetime(2049, 12, 31, tzinfo=UTC)
_LEAST_RSA_BITS = 2048
_MOST_NAME = 63

ServerKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class CertificateError(Exception):
    """A certificate or key that cannot be used; the text is a Chinese sentence, `field` what it is about."""

    def __init__(self, text: str, field: str = "certificate") -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a server says it is: its certificate first, then those that lead to the authority; and its key."""

    chain: tuple[x509.Certificate, ...]
    key: ServerKey

    @property
    def certificate(self) -> x509.Certificate:
        return self.chain[0]

    @property
    def pem(self) -> bytes:
        """Key and certificates in one, as servers load it and `load_identity` reads it."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return key + b"".join(each.public_bytes(serialization.Encoding.PEM) for each in self.chain)


def make_authority(host: str) -> Identity:
    """A new authority for the box of this host name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"热线一体机 {host}")])
    hosts = [x509.DNSName(domain) for domain in (*LOCAL_DOMAINS, host)]
    places = [x509.IPAddress(network) for network in PRIVATE_NETWORKS]
    certificate = (
        _builder(subject, subject, key.public_key(), _AUTHORITY_FROM, _AUTHORITY_TO)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints([*hosts, *places], None), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Identity((certificate,), key)


def sign_server(authority: Identity, names: Sequence[str], addresses: Sequence[Address], now: datetime) -> Identity:
    """A certificate for `names` and `addresses`, under a new key."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "热线一体机")])
    shown = [*(x509.DNSName(name) for name in names), *(x509.IPAddress(address) for address in addresses)]
    certificate = (
        _builder(subject, issuer.subject, key.public_key(), now - timedelta(days=1), now + timedelta(days=SERVER_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(shown), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return Identity((certificate,), key)


def within_reach(
    authority: Identity, names: Sequence[str], addresses: Sequence[Address]
) -> tuple[tuple[str, ...], tuple[Address, ...]]:
    """Those for which the authority may speak; a browser would refuse a certificate that names any other."""
    constraints = authority.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    domains = [each.value for each in constraints.permitted_subtrees or () if isinstance(each, x509.DNSName)]
    kept = [name for name in names if _is_name(name) and any(f".{name}".endswith(f".{each}") for each in domains)]
    return tuple(dict.fromkeys(kept)), tuple(dict.fromkeys(each for each in addresses if is_private(each)))


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """Host names and addresses that it is good for, as text."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    hosts = found.get_values_for_type(x509.DNSName)
    return (*hosts, *(str(address) for address in found.get_values_for_type(x509.IPAddress)))


def is_current(identity: Identity, names: Sequence[str], addresses: Sequence[Address], now: datetime) -> bool:
    """Whether it names exactly these, and `now` is well within its time. False: sign a new one."""
    certificate = identity.certificate
    if set(names_of(certificate)) != {*names, *map(str, addresses)}:
        return False
    last = certificate.not_valid_after_utc - timedelta(days=RENEW_DAYS)
    return certificate.not_valid_before_utc <= now <= last


def is_signed_by(identity: Identity, authority: Identity) -> bool:
    try:
        identity.certificate.verify_directly_issued_by(authority.certificate)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def load_identity(pem: bytes) -> Identity:
    """What `Identity.pem` wrote. Raises `CertificateError`."""
    key, begin, chain = pem.partition(b"-----BEGIN CERTIFICATE-----")
    return Identity(_chain(begin + chain), _key(key))


def imported_identity(chain_pem: bytes, key_pem: bytes, now: datetime) -> Identity:
    """What a bureau brings along, when it can be used now. Raises `CertificateError` with what is wrong."""
    identity = Identity(_chain(chain_pem), _key(key_pem))
    leaf = identity.certificate
    if _public_octets(leaf.public_key()) != _public_octets(identity.key.public_key()):
        raise CertificateError("私钥与证书不是一对，请选择申请这张证书时生成的私钥。", "key")
    if leaf.not_valid_after_utc < now:
        raise CertificateError(f"证书已于 {leaf.not_valid_after_utc:%Y-%m-%d} 过期，请换一张。")
    if leaf.not_valid_before_utc > now:
        begin = leaf.not_valid_before_utc
        raise CertificateError(f"证书从 {begin:%Y-%m-%d} 起才有效，请检查本机时间或换一张。")
    if not names_of(leaf):
        raise CertificateError("证书里没有写明主机名或地址（subjectAltName），浏览器不会接受，请重新申请。")
    _refuse_wrong_usage(leaf)
    for below, above in zip(identity.chain, identity.chain[1:], strict=False):
        _refuse_broken_link(below, above, now)
    return identity


def _refuse_wrong_usage(leaf: x509.Certificate) -> None:
    for extension in leaf.extensions:
        match extension.value:
            case x509.BasicConstraints(ca=True):
                raise CertificateError("第一张是颁发机构的证书，不是服务器证书。请把服务器证书放在最前面。")
            case x509.ExtendedKeyUsage() as usages if ExtendedKeyUsageOID.SERVER_AUTH not in usages:
                raise CertificateError("这张证书不能用于网站（缺少“服务器身份验证”用途），请申请服务器证书。")
            case _:
                pass


def _refuse_broken_link(below: x509.Certificate, above: x509.Certificate, now: datetime) -> None:
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        text = "证书链不完整或顺序不对：每张证书应由紧跟其后的一张签发。请按“服务器证书、中间证书”的顺序粘贴。"
        raise CertificateError(text) from error
    if above.not_valid_after_utc < now:
        raise CertificateError(f"证书链里有一张已于 {above.not_valid_after_utc:%Y-%m-%d} 过期，请换新的中间证书。")


def _chain(pem: bytes) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise CertificateError("不是 PEM 格式的证书，应以 -----BEGIN CERTIFICATE----- 开头。") from error


def _key(pem: bytes) -> ServerKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except TypeError as error:
        raise CertificateError("私钥有密码保护，请先去掉密码再导入。", "key") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateError("不是 PEM 格式的私钥，应以 -----BEGIN PRIVATE KEY----- 之类开头。", "key") from error
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < _LEAST_RSA_BITS:
        raise CertificateError(f"私钥只有 {key.key_size} 位，浏览器不会接受，请用 2048 位以上的。", "key")
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise CertificateError("私钥应为 RSA 或 ECDSA 类型。", "key")
    return key


def _public_octets(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _is_name(name: str) -> bool:
    parts = name.split(".")
    good = all(0 < len(part) <= _MOST_NAME and part.strip("-") == part for part in parts)
    return good and name.isascii() and name.replace("-", "").replace(".", "").isalnum()


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates, key_cert_sign=certificates, crl_sign=certificates,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
