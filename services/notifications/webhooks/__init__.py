"""Webhooks (G5): changes sent to addresses that members name, by the Standard Webhooks specification."""
