"""Which rules with a check of their own run when nothing is selected. A named ruleset never changes once released."""

from __future__ import annotations

RULESETS: dict[str, tuple[str, ...]] = {
    "2026.11": (
        *("SHP201", "SHP202", "SHP203", "SHP204", "SHP205", "SHP212", "SHP215", "SHP305", "SHP307"),
        *("SHP122", "SHP123", "SHP125", "SHP126", "SHP127"),
        *("SHP401", "SHP402", "SHP403", "SHP404", "SHP405", "SHP406", "SHP407", "SHP408", "SHP445"),
        *("SHP501", "SHP502", "SHP505", "SHP508", "SHP510", "SHP514"),
    )
}
"""In the order in which they run."""

NEWEST = "2026.11"
