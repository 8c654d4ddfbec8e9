"""A service account's key. Making one takes a moment, so that the stand-ins of one process share it."""

from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    private: str
    public: str


@cache
def new_key() -> Key:
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    made = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Key("key-1", made.decode(), public.decode())
