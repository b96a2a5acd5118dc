"""Conditions and assertions, and what no manager takes for a transient unit."""

from __future__ import annotations

import pytest

from runwrap.errors import PropertyError
from runwrap.properties import Property, directives, encode, find
from runwrap.properties.grammars import GRAMMARS
from tests.wire.cases import conditions


def _only(assignment: str, version: int = 262) -> Property:
    (given,) = encode("service", [assignment], version=version)
    return given


def _refusal(assignment: str, version: int = 262) -> str:
    with pytest.raises(PropertyError) as caught:
        encode("service", [assignment], version=version)
    line = str(caught.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/a", (False, False, "/a")),
        ("|/a", (True, False, "/a")),
        ("!/a", (False, True, "/a")),
        ("|!/a", (True, True, "/a")),
        ("/a b ", (False, False, "/a b ")),
    ],
)
def test_marks(text: str, expected: tuple[bool, bool, str]) -> None:
    condition = _only(f"ConditionPathExists={text}")
    assert condition == Property("Conditions", "a(sbbs)", [("ConditionPathExists", *expected)])
    assertion = _only(f"AssertPathExists={text}")
    assert assertion == Property("Asserts", "a(sbbs)", [("AssertPathExists", *expected)])


def test_empty_resets() -> None:
    assert _only("ConditionHost=") == Property("Conditions", "a(sbbs)", [])
    assert _only("AssertMemory=") == Property("Asserts", "a(sbbs)", [])


def test_order_is_kept() -> None:
    given = encode("timer", ["ConditionHost=a", "ConditionHost=", "AssertUser=root"])
    assert [len(each.value) if isinstance(each.value, list) else -1 for each in given] == [1, 0, 1]


@pytest.mark.parametrize(
    ("assignment", "suggestion"),
    [
        ("ConditionPathExists=| /a", "|/a"),
        ("ConditionPathExists=!|/a", "|!/a"),
        ("ConditionPathExists= ! /a", "!/a"),
        ("ConditionArchitecture=!x86_64", "x86-64"),
        ("ConditionArchitecture=| arm64", "|arm64"),
        ("ConditionArchitecture=aarch64", "arm64"),
        ("ConditionVirtualization=qemuu", "qemu"),
        ("ConditionVirtualization=VM", "vm"),
        ("ConditionSecurity=apparmour", "apparmor"),
        ("ConditionCapability=SYS_ADMIN", "CAP_SYS_ADMIN"),
        ("ConditionCapability=CAP_SYSADMIN", "CAP_SYS_ADMIN"),
        ("ConditionControlGroupController=cpu memoy", "memory"),
        ("ConditionFirmware=device-tre", "device-tree"),
        ("ConditionFirmware=UEFI", "uefi"),
        ("ConditionNeedsUpdate= /etc", "/etc"),
        ("ConditionUser=@sytem", "@system"),
        ("ConditionCPUFeature=x86-64.rdrandd", "x86-64.rdrand"),
        ("ConditionVersion=sytemd >=257", "systemd"),
        ("ConditionMemory=>=1g", "1G"),
        ("ConditionIOPressure=10%/60s", "1min"),
        ("ConditionFirstBoot=tru", "true"),
    ],
)
def test_near_misses(assignment: str, suggestion: str) -> None:
    assert _refusal(assignment).endswith(f"(did you mean {suggestion}?)")


@pytest.mark.parametrize(
    "assignment",
    [
        "ConditionFirmware=smbios-field",
        "ConditionFirmware=smbios-field(a",
        "ConditionVersion=>=6 kernel",
        "ConditionCapability=all",
    ],
)
def test_nothing_is_suggested_that_would_not_help(assignment: str) -> None:
    assert "did you mean" not in _refusal(assignment)


@pytest.mark.parametrize(
    ("assignment", "part"),
    [
        ("ConditionControlGroupController=cpu bogus", "bogus"),
        ("ConditionKernelVersion=>=6 => 7", "=>"),
        ("ConditionOSRelease=ID=a VERSION_ID", "VERSION_ID"),
        ("ConditionCPUPressure=10%/7min", "7min"),
        ("ConditionCPUPressure=a.service:10%", "a.service"),
        ("ConditionFirmware=smbios-field(a b)", "a b"),
        ("ConditionCPUs=>=x", "x"),
    ],
)
def test_the_faulty_part_is_named(assignment: str, part: str) -> None:
    assert f'"{part}"' in _refusal(assignment)


@pytest.mark.parametrize(
    ("assignment", "since"),
    [
        ("ConditionVersion=>=5", 258),
        ("ConditionKernelModuleLoaded=ext4", 258),
        ("AssertPathIsSocket=/a", 260),
        ("ConditionFraction=30%", 261),
        ("AssertMachineTag=a", 261),
        ("ConditionSecurity=measured-uki", 255),
        ("ConditionSecurity=!measured-os", 261),
        ("ConditionKernelVersion=systemd >=250", 258),
        ("ConditionCPUFeature=x86-64.sse2", 262),
        ("ConditionCPUFeature=bti", 262),
        ("OnFailureJobMode=lenient", 258),
        ("FailureAction=soft-reboot", 254),
        ("Type=notify-reload", 253),
        ("RestartMode=debug", 257),
        ("FileDescriptorStorePreserve=on-success", 261),
        ("Markers=+needs-stop", 260),
    ],
)
def test_what_is_newer_is_refused(assignment: str, since: int) -> None:
    line = _refusal(assignment, since - 1)
    assert "came with systemd" in line
    assert _only(assignment, since)


@pytest.mark.parametrize("assignment", conditions.STRICTER)
def test_what_makes_no_sense_is_refused(assignment: str) -> None:
    assert _refusal(assignment)


@pytest.mark.parametrize("row", [row for row in directives() if row.group == "condition"])
def test_writing_again(row: object) -> None:
    name = getattr(row, "name", "")
    for text in conditions.BY_DIRECTIVE[name]:
        assignment = f"{name}={text}"
        if assignment in conditions.STRICTER:
            continue
        given = _only(assignment)
        directive = find(name)
        assert directive is not None
        written = GRAMMARS["condition"].write(directive, given)
        assert encode("service", written) == [given]


def test_several_conditions_are_written_under_their_names() -> None:
    directive = find("ConditionACPower")
    assert directive is not None
    value = [("ConditionHost", True, False, "a"), ("ConditionUser", False, True, "root")]
    written = GRAMMARS["condition"].write(directive, Property("Conditions", "a(sbbs)", value))
    assert written == ["ConditionHost=|a", "ConditionUser=!root"]


@pytest.mark.parametrize(
    ("assignment", "instead"),
    [
        ("WantedBy=a.target", "Wants= in the other unit"),
        ("BoundBy=a.service", "BindsTo= in the other unit"),
        ("InSlice=a.slice", "Slice= instead"),
        ("JobTimeoutSec=5", "JobRunningTimeoutSec= instead"),
        ("TriggeredBy=a.timer", "by the service manager itself"),
    ],
)
def test_what_no_manager_takes(assignment: str, instead: str) -> None:
    assert instead in _refusal(assignment)
