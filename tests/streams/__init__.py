"""Tests of the gateway, the engine and the workers."""
