import pytest
from support.fixtures import Lines

from moorage.model.domains import check_domain, check_ip_range


@pytest.mark.parametrize(
    "name", ["example.com", "notes.example.com", "*.example.com", "a-b.c1.co.uk", "x.xn--p1ai"]
)
def test_domains(problem_lines: Lines, name: str) -> None:
    assert problem_lines(check_domain, "domain", name) == []


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "Notes.example.com",
        "a..b.com",
        "-a.com",
        "a-.com",
        "*.com.",
        "a.*.com",
        "http://a.com",
        "a_b.com",
        "a.com/",
        "1.2.3.4",
        "a." * 130 + "com",
    ],
)
def test_no_domains(problem_lines: Lines, name: str) -> None:
    (line,) = problem_lines(check_domain, "domain", name)
    assert "must be a lower-case domain name such as notes.example.com" in line


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "10.0.0.0/8", "203.0.113.7/32", "::/0", "2001:db8::/32"])
def test_ranges(problem_lines: Lines, cidr: str) -> None:
    assert problem_lines(check_ip_range, "allowed_cidrs[0]", cidr) == []


@pytest.mark.parametrize(
    "cidr", ["10.0.0.1/8", "10.0.0.0", "256.0.0.0/8", "10.0.0.0/33", "2001:db8::1/32", "", "10.0.0.0/8 "]
)
def test_no_ranges(problem_lines: Lines, cidr: str) -> None:
    (line,) = problem_lines(check_ip_range, "allowed_cidrs[0]", cidr)
    assert line.startswith(f"allowed_cidrs[0]: {cidr!r}: must be an IPv4 or IPv6 range")
