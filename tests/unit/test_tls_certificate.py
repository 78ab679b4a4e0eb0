"""The box's own certificate authority, and the check of certificates that a bureau brings along."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.support.addresses import own_addresses, own_names
from appliance.support.tlscertificate import (
    CertificateError,
    Identity,
    ServerKey,
    imported_identity,
    is_current,
    load_identity,
    make_authority,
    names_of,
    sign_server,
    within_reach,
)
from appliance.support.tlsfiles import TlsChoice, TlsFiles, server_side

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOME = ip_address("192.168.1.20")
NAMES = ("hotlinebox", "hotlinebox.local")


def shake_hands(server: ssl.SSLContext, trusted: x509.Certificate, name: str) -> str:
    """What a client that trusts one authority makes of the server: '' or why it refuses."""
    client = ssl.create_default_context(cadata=trusted.public_bytes(serialization.Encoding.PEM).decode())
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname=name)
    there = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(10):
        for side in (here, there):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
        if here.version() and there.version() and here.getpeercert():
            return ""
    raise AssertionError("no handshake")


def signed_now() -> tuple[Identity, Identity]:
    authority = make_authority("hotlinebox")
    return authority, sign_server(authority, NAMES, [HOME], datetime.now(UTC))


@pytest.mark.parametrize("name", ["hotlinebox.local", "hotlinebox", "192.168.1.20"])
def test_who_trusts_the_authority_trusts_the_box(name: str) -> None:
    authority, server = signed_now()
    assert shake_hands(server_side(server), authority.certificate, name) == ""


def test_another_name_or_another_authority_is_refused() -> None:
    authority, server = signed_now()
    assert "mismatch" in shake_hands(server_side(server), authority.certificate, "192.168.1.21")
    stranger = make_authority("other").certificate
    assert shake_hands(server_side(server), stranger, "hotlinebox.local")


@pytest.mark.parametrize(("name", "address"), [("www.bank.cn", None), ("hotlinebox", "8.8.8.8")])
def test_a_stolen_authority_is_good_for_nothing_in_the_internet(name: str, address: str | None) -> None:
    authority = make_authority("hotlinebox")
    forged = sign_server(authority, [name], [ip_address(address)] if address else [], datetime.now(UTC))
    assert "permitted subtree violation" in shake_hands(server_side(forged), authority.certificate, address or name)


def test_what_the_authority_may_not_speak_for_is_left_out() -> None:
    authority = make_authority("hotlinebox")
    names = ("hotlinebox", "box.lan", "www.bank.cn", "-bad-.lan", "hotlinebox")
    addresses = (HOME, ip_address("8.8.8.8"), ip_address("fd00::2"), ip_address("fe80::1"))
    hosts, places = within_reach(authority, names, addresses)
    assert hosts == ("hotlinebox", "box.lan")
    assert [str(place) for place in places] == ["192.168.1.20", "fd00::2", "fe80::1"]


def test_a_certificate_is_signed_anew_when_names_addresses_or_dates_ask_for_it(tmp_path: Path) -> None:
    files = TlsFiles(tmp_path, NAMES[0])
    first = files.own(NAMES, [HOME], NOW)
    assert names_of(first.certificate) == (*NAMES, "192.168.1.20")
    assert files.own(NAMES, [HOME], NOW + timedelta(days=300)).certificate == first.certificate
    later = NOW + timedelta(days=380)
    assert not is_current(first, NAMES, [HOME], later)
    renewed = files.own(NAMES, [HOME], later)
    assert renewed.certificate.not_valid_after_utc > later + timedelta(days=300)
    moved = files.own(NAMES, [ip_address("10.0.0.5")], later)
    assert names_of(moved.certificate)[-1] == "10.0.0.5"
    files.choose(TlsChoice(names=("callcentre.lan",)))
    assert "callcentre.lan" in names_of(files.own(NAMES, [HOME], later).certificate)
    assert files.authority().certificate == TlsFiles(tmp_path, NAMES[0]).authority().certificate, "made once"
    moved.certificate.verify_directly_issued_by(files.authority().certificate)


def test_keys_are_nobody_elses_to_read(tmp_path: Path) -> None:
    TlsFiles(tmp_path, NAMES[0]).own(NAMES, [HOME], NOW)
    assert (tmp_path / "tls").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "tls").iterdir())


def test_broken_files_are_made_anew(tmp_path: Path) -> None:
    files = TlsFiles(tmp_path, NAMES[0])
    files.own(NAMES, [HOME], NOW)
    for path in (tmp_path / "tls").iterdir():
        path.write_bytes(path.read_bytes()[:40])
    server = files.own(NAMES, [HOME], NOW)
    server.certificate.verify_directly_issued_by(files.authority().certificate)
    assert files.choice() == TlsChoice()
    assert load_identity(server.pem).chain == server.chain


# --- what a bureau brings along ---------------------------------------------------------------------------------------


class Bureau:
    """An authority as a bureau's computer department has one, with an intermediate."""

    def __init__(self) -> None:
        self.root = self.issue("根", None, ca=True)
        self.middle = self.issue("中间", self.root, ca=True)

    def issue(
        self,
        name: str,
        by: Identity | None,
        *,
        ca: bool = False,
        key: ServerKey | None = None,
        days: tuple[int, int] = (-10, 300),
        hosts: tuple[str, ...] = ("box.bureau.cn",),
        usage: x509.ObjectIdentifier | None = None,
    ) -> Identity:
        key = key or ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(by.certificate.subject if by else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + timedelta(days=days[0]))
            .not_valid_after(NOW + timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if hosts and not ca:
            names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return Identity((builder.sign(by.key if by else key, hashes.SHA256()),), key)


def pem_of(*identities: Identity) -> bytes:
    encoding = serialization.Encoding.PEM
    return b"".join(each.certificate.public_bytes(encoding) for each in identities)


def key_of(identity: Identity, password: bytes = b"") -> bytes:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return identity.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


@pytest.mark.parametrize("key", [None, rsa.generate_private_key(65537, 2048)], ids=["ecdsa", "rsa"])
def test_a_good_certificate_is_taken_and_shown(tmp_path: Path, key: ServerKey | None) -> None:
    bureau = Bureau()
    leaf = bureau.issue("box", bureau.middle, key=key)
    files = TlsFiles(tmp_path, NAMES[0])
    files.take(pem_of(leaf, bureau.middle), key_of(leaf), NOW)
    shown = files.imported()
    assert shown is not None
    assert names_of(shown.certificate) == ("box.bureau.cn",)
    assert len(shown.chain) == 2
    server_side(shown)
    files.drop_imported()
    assert files.imported() is None


def _wrong(case: str) -> tuple[bytes, bytes]:  # noqa: PLR0911 - a table of cases
    bureau = Bureau()
    leaf = bureau.issue("box", bureau.middle)
    chain, key = pem_of(leaf, bureau.middle), key_of(leaf)
    match case:
        case "another key":
            return chain, key_of(bureau.issue("box", bureau.middle))
        case "expired":
            old = bureau.issue("box", bureau.middle, days=(-300, -1))
            return pem_of(old), key_of(old)
        case "too early":
            early = bureau.issue("box", bureau.middle, days=(5, 300))
            return pem_of(early), key_of(early)
        case "chain":
            return pem_of(leaf, bureau.root), key
        case "order":
            return pem_of(bureau.middle, leaf), key_of(bureau.middle)
        case "old chain":
            middle = bureau.issue("中间", bureau.root, ca=True, days=(-300, -1))
            new = bureau.issue("box", middle)
            return pem_of(new, middle), key_of(new)
        case "no names":
            nameless = bureau.issue("box", bureau.middle, hosts=())
            return pem_of(nameless), key_of(nameless)
        case "usage":
            person = bureau.issue("box", bureau.middle, usage=ExtendedKeyUsageOID.CLIENT_AUTH)
            return pem_of(person), key_of(person)
        case "short":
            short = bureau.issue("box", bureau.middle, key=rsa.generate_private_key(65537, 1024))
            return pem_of(short), key_of(short)
        case "password":
            return chain, key_of(leaf, b"secret")
        case "no certificate":
            return b"hello", key
        case _:
            return chain, b"hello"


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("another key", "不是一对"), ("expired", "已于 2027-02-28 过期"), ("too early", "从 2027-03-06 起才有效"),
        ("chain", "证书链不完整"), ("order", "subjectAltName"), ("old chain", "证书链里有一张已于"),
        ("no names", "subjectAltName"), ("usage", "服务器身份验证"), ("short", "只有 1024 位"),
        ("password", "密码保护"), ("no certificate", "PEM 格式的证书"),
        ("no key", "PEM 格式的私钥"),
    ],
)  # fmt: skip
def test_a_certificate_that_will_not_do_is_refused_with_its_reason(tmp_path: Path, case: str, said: str) -> None:
    with pytest.raises(CertificateError, match=said):
        imported_identity(*_wrong(case), NOW)
    files = TlsFiles(tmp_path, NAMES[0])
    with pytest.raises(CertificateError):
        files.take(*_wrong(case), NOW)
    assert files.imported() is None


def test_the_names_of_this_machine_are_found() -> None:
    names = own_names()
    assert names[1] == f"{names[0]}.local"
    assert all(not address.is_loopback for address in own_addresses())
