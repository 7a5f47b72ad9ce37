"""The model's smaller sections: lists, grades, bots, internal, consent and time zone."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from pipeline.models.context import Context
from pipeline.models.crawlers import is_crawler
from pipeline.models.findings import Path
from pipeline.models.free_mail import free_mail_domains
from pipeline.models.patterns import compile_glob
from pipeline.models.zones import zone_name
from pipeline.scoring.conditions import Scalar
from pipeline.scoring.model import Bots, Consent, Grades, Internal

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def lists(data: dict[str, Any]) -> dict[str, list[Scalar]]:
    """The lists by name; `free_mail` is the one that ships with the project unless the model has its own."""
    given = data.get("lists")
    own = {k: v for k, v in given.items() if isinstance(v, list)} if isinstance(given, dict) else {}
    return {"free_mail": list(free_mail_domains()), **own}


def timezone(data: dict[str, Any], context: Context) -> str:
    """The name of the zone in which dates without time are read; UTC unless said."""
    name = data.get("timezone", "UTC")
    if not isinstance(name, str):
        return "UTC"
    return zone_name(name, ("timezone",), context)


def grades(data: Any, context: Context, path: Path = ("grades",)) -> Grades:
    """The cuts; the default ones for a half that is not given."""
    usual = Grades()
    if not isinstance(data, dict):
        return usual
    letters = _cuts(data.get("explicit"), (*path, "explicit"), context) or usual.explicit
    digits = _cuts(data.get("implicit"), (*path, "implicit"), context) or usual.implicit
    return Grades(letters, digits, chr(ord(letters[-1][0]) + 1), str(int(digits[-1][0]) + 1))


def _cuts(data: Any, path: Path, context: Context) -> tuple[tuple[str, float], ...]:
    if not isinstance(data, dict):
        return ()
    usable = {k: v for k, v in data.items() if len(k) == 1 and isinstance(v, (int, float))}
    labels = sorted(k for k in usable if k in ("ABCDEFGHIJKLMNOPQRSTUVWXY" if path[-1] == "explicit" else "12345678"))
    for above, below in pairwise(labels):
        if usable[below] >= usable[above]:
            cuts = f"`{below}` ({usable[below]:g}) does not lie below the one for `{above}` ({usable[above]:g})"
            context.say((*path, below), f"the cut for {cuts}", "let the cuts descend: `{A: 75, B: 50, C: 25}`")
    return tuple((label, float(usable[label])) for label in labels)


def all_grades(cuts: Grades) -> frozenset[str]:
    """Every grade a lead can have."""
    letters = [label for label, _ in cuts.explicit] + [cuts.explicit_rest]
    digits = [label for label, _ in cuts.implicit] + [cuts.implicit_rest]
    return frozenset(letter + digit for letter in letters for digit in digits)


def bots(data: dict[str, Any], context: Context) -> Bots:
    """What marks a machine; with the crawler list that ships with the project."""
    delay = context.duration_of(data, "min_delay", ("bots",))
    traps = tuple(compile_glob(pattern) for pattern in data.get("honeypots", ()))
    return Bots(is_crawler, 2000 if delay is None else delay, int(data.get("burst", 5)), traps)


def internal(data: dict[str, Any], context: Context) -> Internal:
    """Who is an insider, by domain and by address."""
    networks: list[Network] = []
    for index, text in enumerate(data.get("ips", ())):
        try:
            networks.append(ipaddress.ip_network(text))
        except ValueError:
            context.say(("internal", "ips", index), f"`{text}` is no network", _network_remedy(text))
    domains = frozenset(domain.casefold() for domain in data.get("email_domains", ()))
    return Internal(domains, _inside(tuple(networks)) if networks else None)


def _network_remedy(text: str) -> str:
    try:
        return f"write `{ipaddress.ip_network(text, strict=False)}`: the bits behind the prefix must be 0"
    except ValueError:
        return "write an address and a prefix length, such as `10.0.0.0/8` or `2001:db8::/32`"


def _inside(networks: tuple[Network, ...]) -> Callable[[str], bool]:
    @lru_cache(maxsize=65_536)
    def is_internal_ip(text: str) -> bool:
        try:
            address = ipaddress.ip_address(text.strip())
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in networks)

    return is_internal_ip


def consent(data: dict[str, Any]) -> Consent:
    """Which kind of event needs which purpose."""
    purposes = {kind: purpose for kind, purpose in data.items() if kind != "unknown"}
    return Consent(MappingProxyType(purposes), unknown=data.get("unknown", "allow") == "allow")
