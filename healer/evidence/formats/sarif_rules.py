"""SARIF rules: which one a result broke, and how grave that is (SARIF 2.1.0, §3.19, §3.27.10, §3.49-§3.52)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from healer.evidence.findings import rule_of
from healer.evidence.formats.json_documents import number_of, objects, text_of
from healer.evidence.formats.sarif_messages import multiformat, without_links

if TYPE_CHECKING:
    from collections.abc import Mapping

    from healer.models.evidence import Rule

_LEVELS = ("none", "note", "warning", "error")
_DEFAULT_LEVEL = "warning"
_MOST_SEPARATORS = 20
_MOST_SHARED = 20
_ANYWHERE = 0
"""Instead of a component: whichever has the id."""
_NOTHING: Mapping[str, Any] = {}


class Rules:
    """The rules and notifications of one run, of its driver and its extensions."""

    def __init__(self, run: Mapping[str, Any]) -> None:
        tool = _object(run.get("tool"))
        self.driver = _object(tool.get("driver"))
        extensions = tool.get("extensions")
        self._extensions = extensions if isinstance(extensions, list) else []
        self.tool_name = text_of(self.driver.get("name")) or text_of(tool.get("name"))
        self._invocations = run.get("invocations") if isinstance(run.get("invocations"), list) else []
        self._named: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._by_id: dict[tuple[int, str, str], Mapping[str, Any]] = {}
        self._by_guid: dict[str, Mapping[str, Any]] = {}
        self._shared: list[object] = []
        for component in (self.driver, *objects(self._extensions)):
            self._index(component)
        self._overrides = [self._overridden(invocation) for invocation in objects(self._invocations)]
        self._built: dict[tuple[int, str, str], Rule] = {}

    def descriptor(self, reference: object, identity: str, index: object, key: str = "rules") -> Mapping[str, Any]:
        """Return the descriptor that a reference, an id or an index names; an id wins over an index that disagrees.

        An id may go on below the descriptor's: `CA1000/inner` is a case of `CA1000`.
        """
        reference = _object(reference)
        identity = text_of(reference.get("id")) or identity
        component = self._component(reference.get("toolComponent"))
        position = number_of(reference.get("index"))
        position = number_of(index) if position is None or position < 0 else position
        entries = component.get(key)
        if position is not None and isinstance(entries, list) and 0 <= position < len(entries):
            found = _object(entries[position])
            known = text_of(found.get("id"))
            if not identity or not known or identity == known or identity.startswith(f"{known}/"):
                return found
        guid = text_of(reference.get("guid"))
        if guid and guid in self._by_guid:
            return self._by_guid[guid]
        for _ in range(_MOST_SEPARATORS):
            for known_in in (id(component), _ANYWHERE):
                if identity and (known_in, key, identity) in self._by_id:
                    return self._by_id[known_in, key, identity]
            identity = identity.rpartition("/")[0]
        return _NOTHING

    def level(self, result: Mapping[str, Any], descriptor: Mapping[str, Any]) -> str:
        """Return the level of a result or notification; a kind other than `fail` means none."""
        if result.get("kind", "fail") != "fail" and isinstance(result.get("kind"), str):
            return "none"
        level = result.get("level")
        if isinstance(level, str) and level in _LEVELS:
            return level
        provenance = number_of(_object(result.get("provenance")).get("invocationIndex"))
        index = 0 if provenance is None and len(self._overrides) == 1 else provenance
        if index is not None and 0 <= index < len(self._overrides) and id(descriptor) in self._overrides[index]:
            return self._overrides[index][id(descriptor)]
        return _level_of(descriptor.get("defaultConfiguration")) or _DEFAULT_LEVEL

    def strings(self, descriptor: Mapping[str, Any]) -> tuple[object, ...]:
        """Return where a message id is looked up: the rule's strings, its component's, in the spelling of each."""
        return (descriptor.get("messageStrings"), *self._shared)

    def rule(self, descriptor: Mapping[str, Any], identity: str, level: str) -> Rule:
        """Build the rule of a finding; findings of one rule share it."""
        key = (id(descriptor), identity, level)
        if key not in self._built:
            self._built[key] = _built(descriptor, identity, level)
        return self._built[key]

    def _index(self, component: Mapping[str, Any]) -> None:
        for word in ("guid", "name"):
            if text_of(component.get(word)):
                self._named.setdefault((word, component[word]), component)
        if component.get("globalMessageStrings") and len(self._shared) < _MOST_SHARED:
            self._shared.append(component["globalMessageStrings"])
        for key in ("rules", "notifications"):
            for descriptor in objects(component.get(key)):
                identity = text_of(descriptor.get("id"))
                for known_in in (id(component), _ANYWHERE):
                    self._by_id.setdefault((known_in, key, identity), descriptor)
                self._by_guid.setdefault(text_of(descriptor.get("guid")), descriptor)

    def _component(self, reference: object) -> Mapping[str, Any]:
        reference = _object(reference)
        index = number_of(reference.get("index"))
        if index is not None and 0 <= index < len(self._extensions):
            return _object(self._extensions[index])
        for key in ("guid", "name"):
            if found := self._named.get((key, text_of(reference.get(key)))):
                return found
        return self.driver

    def _overridden(self, invocation: Mapping[str, Any]) -> dict[int, str]:
        """Map descriptors to the level that an invocation gave them; of several, the gravest."""
        found: dict[int, str] = {}
        for entries, key in (
            ("ruleConfigurationOverrides", "rules"),
            ("notificationConfigurationOverrides", "notifications"),
        ):
            for override in objects(invocation.get(entries)):
                level = _level_of(override.get("configuration"))
                descriptor = self.descriptor(override.get("descriptor"), "", None, key)
                if level and descriptor:
                    found[id(descriptor)] = max(level, found.get(id(descriptor), level), key=_LEVELS.index)
        return found


def _built(descriptor: Mapping[str, Any], identity: str, level: str) -> Rule:
    properties = _object(descriptor.get("properties"))
    tags = [text_of(tag) for tag in _entries(properties.get("tags"))]
    for relation in objects(descriptor.get("relationships")):
        target = _object(relation.get("target"))
        taxonomy = text_of(_object(target.get("toolComponent")).get("name"))
        if taxonomy and text_of(target.get("id")):
            tags.append(f"{taxonomy}-{target['id']}")
    description = multiformat(descriptor.get("fullDescription")) or multiformat(descriptor.get("shortDescription"))
    help_text = multiformat(descriptor.get("help"))
    return rule_of(
        identity or text_of(descriptor.get("id")),
        name=text_of(descriptor.get("name")) or text_of(properties.get("name")),
        level=level,
        description=without_links(description),
        help_text=help_text if help_text != description else "",
        url=text_of(descriptor.get("helpUri")),
        severity=properties.get("security-severity"),
        tags=tuple(tags),
    )


def _level_of(configuration: object) -> str:
    level = _object(configuration).get("level")
    return level if isinstance(level, str) and level in _LEVELS else ""


def _entries(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else _NOTHING
