"""Topics of notifications as something that may be asked for."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.access.resolve import Resolved
from model_cicd.access.resource import Resource
from model_cicd.aws.notifications import NotificationTopic
from model_cicd.sagemaker_model_cicd.topology import Topology

#: the variant of a request for the key of a topic that is made for it, and not for another
TOPIC = "its topic"


def notification_resources(topology: Topology, resolved: Resolved) -> Iterator[Resource]:
    """The module's own topics and their keys."""
    shared = topology.tooling.notifications
    if shared:
        yield from _of(shared, resolved, "", frozenset())
    for group in topology.groups:
        if group.notifications and group.notifications.own:
            yield from _of(group.notifications.own, resolved, f" of {group.name}", frozenset({group.name}))


def _of(topic: NotificationTopic, resolved: Resolved, of: str, groups: frozenset[str]) -> Iterator[Resource]:
    at, arn = (topic.account, topic.region), topic.topic.arn
    yield Resource("notification topic", f"notification topic{of}", arn, *at, ("sns:topic",), groups, policy=arn)
    key = resolved.key_of(topic.key_alias.name, topic.account)
    if key:
        label = f"notification key{of}"
        yield Resource("notification key", label, key, *at, ("kms:key",), groups, policy=key, prefixes=((TOPIC, arn),))
