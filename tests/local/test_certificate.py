"""The certificate of local HTTPS listeners."""

import datetime
import os
import ssl
from pathlib import Path

from cryptography import x509

from moorage.local.balancer import tls


def test_it_is_private_and_kept_for_the_next_run(tmp_path: Path) -> None:
    folder = tmp_path / ".moorage"
    tls.context(folder)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(files) == ["localhost.crt", "localhost.key"]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    tls.context(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


def test_it_is_for_this_machine_a_year_long_and_renewed_a_month_before(tmp_path: Path) -> None:
    tls.context(tmp_path)
    path = tmp_path / "localhost.crt"
    issued, authority = x509.load_pem_x509_certificates(path.read_bytes())
    names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    left = issued.not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(days=364) < left <= datetime.timedelta(days=365)
    # What the file holds is enough to trust the certificate, as `curl --cacert` does.
    issued.verify_directly_issued_by(authority)
    ssl.create_default_context(cafile=str(path))

    before, now = path.read_bytes(), path.stat().st_mtime
    for days, kept in ((334, True), (336, False)):
        os.utime(path, (now - days * 86400,) * 2)
        tls.context(tmp_path)
        assert (path.read_bytes() == before) is kept
