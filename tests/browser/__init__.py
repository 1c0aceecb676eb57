"""Tests of the tablet's page in Chromium."""
