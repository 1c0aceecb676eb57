"""Topics are made once, with their partitions, and the ones of states are compacted."""

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from models import topics
from models.records import COMPACTED, TOPICS
from tests.parts.kafka import Cluster


@pytest.mark.kafka
def test_every_topic_is_there_after_the_first_call_and_the_second_changes_nothing(fresh_kafka: Cluster) -> None:
    topics.ensure(fresh_kafka.bootstrap, 3, 1)
    topics.ensure(fresh_kafka.bootstrap, 5, 1)

    admin = KafkaAdminClient(bootstrap_servers=fresh_kafka.bootstrap)
    described = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics(list(TOPICS))}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in COMPACTED]
    configs = next(iter(admin.describe_configs(resources).values()))
    admin.close()
    assert described == dict.fromkeys(TOPICS, 3)
    assert {name: config["cleanup.policy"]["value"] for name, config in configs.items()} == dict.fromkeys(
        COMPACTED, "compact"
    )
