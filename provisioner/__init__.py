"""Hosted-telephony customers as code: validate, plan, approve, apply, port, bill."""

__version__ = "0.1.0"
