"""boto3 clients for one endpoint, untouched by a person's own AWS configuration."""

import dataclasses
from functools import cached_property
from typing import TYPE_CHECKING

from botocore.config import Config

from autobook_cli.aws_session import isolated_session

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

# A local emulator answers at once or never; a proxy between us and the loopback interface is never meant.
_CONFIG = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 2, "mode": "standard"}, proxies={})


@dataclasses.dataclass(frozen=True)
class Credentials:
    """An access key."""

    access_key_id: str
    secret_access_key: str = dataclasses.field(repr=False)


class Clients:
    """The AWS services that the local stack and its tests talk to, each client made when first used."""

    def __init__(self, endpoint: str, region: str, credentials: Credentials) -> None:
        self._endpoint = endpoint
        self.session = isolated_session(credentials.access_key_id, credentials.secret_access_key, region)

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """Stacks."""
        return self.session.client("cloudformation", endpoint_url=self._endpoint, config=_CONFIG)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """Tables."""
        return self.session.client("dynamodb", endpoint_url=self._endpoint, config=_CONFIG)

    @cached_property
    def iam(self) -> "IAMClient":
        """Users, roles and policies."""
        return self.session.client("iam", endpoint_url=self._endpoint, config=_CONFIG)

    @cached_property
    def functions(self) -> "LambdaClient":
        """Lambda functions."""
        return self.session.client("lambda", endpoint_url=self._endpoint, config=_CONFIG)

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        """What functions logged."""
        return self.session.client("logs", endpoint_url=self._endpoint, config=_CONFIG)

    @cached_property
    def s3(self) -> "S3Client":
        """Buckets."""
        return self.session.client("s3", endpoint_url=self._endpoint, config=_CONFIG)

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        """Secrets."""
        return self.session.client("secretsmanager", endpoint_url=self._endpoint, config=_CONFIG)

    @cached_property
    def sns(self) -> "SNSClient":
        """Topics."""
        return self.session.client("sns", endpoint_url=self._endpoint, config=_CONFIG)

    @cached_property
    def sqs(self) -> "SQSClient":
        """Queues."""
        return self.session.client("sqs", endpoint_url=self._endpoint, config=_CONFIG)
