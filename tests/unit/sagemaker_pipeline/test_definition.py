"""Which definitions go through S3."""

from __future__ import annotations

from model_cicd.sagemaker_pipeline.definition import LARGEST_INLINE, is_large


def test_large_is_counted_in_bytes() -> None:
    assert not is_large("x" * LARGEST_INLINE)
    assert is_large("x" * LARGEST_INLINE + "x")
    assert is_large("ü" * (LARGEST_INLINE // 2 + 1))
