"""Imported first by each of our packages, so that an import beside a stranger of the same name says what is wrong."""

from frontline_fusion import check_names

check_names()
