"""Applies after a deployment what MiniStack's CloudFormation leaves out, so that the template stays as it is.

Seen with MiniStack 1.5.33; each step asks for what the template says anyway and does no harm once it is not needed.
"""

import json

from autobook_local.stack.aws import Clients
from autobook_local.stack.template import Template, resources


def apply_workarounds(template: Template, physical: dict[str, str], clients: Clients) -> None:
    """Apply to the deployed resources (`physical` ids by logical id) what was dropped."""
    for name, properties in resources(template, "AWS::SNS::Topic").items():
        if properties.get("FifoTopic"):
            _complete_topic(physical[name], properties, clients)
    for name, properties in resources(template, "AWS::S3::Bucket").items():
        if properties.get("ObjectLockEnabled"):
            # Without it a write with a retention date is refused.
            clients.s3.put_object_lock_configuration(
                Bucket=physical[name], ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
            )


def _complete_topic(arn: str, properties: dict[str, object], clients: Clients) -> None:
    """Make the topic a FIFO one (else it does not de-duplicate) with AWS's own default policy.

    MiniStack's default policy lacks the condition on the owner, and so lets every role publish.
    """
    policy = {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": ["SNS:Publish", "SNS:Subscribe", "SNS:Receive"],
                "Resource": arn,
                "Condition": {"StringEquals": {"AWS:SourceOwner": arn.split(":")[4]}},
            }
        ],
    }
    content_based = "true" if properties.get("ContentBasedDeduplication") else "false"
    for attribute, value in {
        "FifoTopic": "true",
        "ContentBasedDeduplication": content_based,
        "Policy": json.dumps(policy),
    }.items():
        clients.sns.set_topic_attributes(TopicArn=arn, AttributeName=attribute, AttributeValue=value)
