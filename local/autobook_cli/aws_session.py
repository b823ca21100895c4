"""An AWS session for the emulator: its own key, and nothing of a person's AWS configuration."""

import os

import boto3
import botocore.session

# Profiles and files that would otherwise be read from the home directory.
_NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


def isolated_session(access_key_id: str, secret_access_key: str, region: str) -> boto3.Session:
    """A session that uses this key in this region, whatever profile, file or region a person has set up."""
    return boto3.Session(
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        region_name=region,
        botocore_session=botocore.session.Session(session_vars=_NO_FILES),
    )
