"""Tests of the API and of the tablet's pages in Chromium."""
