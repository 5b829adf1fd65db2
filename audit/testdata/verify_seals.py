"""Checks the seals of a trail from its first public key, by what docs/audit.md
says alone. Usage: verify_seals.py DIRECTORY KEY"""
import glob
import hashlib
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

directory, first = sys.argv[1:]
key, epoch, prev, count, since = first, 0, "0" * 64, 0, 0
for path in sorted(glob.glob(directory + "/trail-*.jsonl")):
    for line in open(path, "rb").read().split(b"\n")[:-1]:
        record = json.loads(line)
        hashed = line[: line.rindex(b',"hash":')]
        if hashlib.sha256(hashed).hexdigest() != record["hash"]:
            sys.exit("record %d has another hash" % record["seq"])
        if record["prev"] != prev:
            sys.exit("record %d does not follow" % record["seq"])
        prev, since = record["hash"], since + 1
        if record["event"] != "seal":
            continue
        seal = record["seal"]
        if seal["epoch"] != epoch or epoch == 0 and seal["next"] != first:
            sys.exit("record %d is of another epoch" % record["seq"])
        signed = line[: line.rindex(b',"sig":')]
        message = b"rampart audit seal v1\n" + signed + b"\n" + record["prev"].encode()
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(seal["sig"]), message)
        key, epoch, count, since = seal["next"], epoch + 1, count + 1, 0
print("%d seals, %d records after the last" % (count, since))
