"""Icons of 18 by 18 pixels, in the color of the text."""

ICONS = {
    "internet": '<circle cx="9" cy="9" r="7"/><path d="M2 9h14M9 2c-5 4-5 10 0 14M9 2c5 4 5 10 0 14"/>',
    "record": '<path d="M2 4h7l7 5-7 5H2z"/><circle cx="6" cy="9" r="1.2"/>',
    "balancer": '<circle cx="4" cy="9" r="2"/><circle cx="14" cy="3.5" r="2"/><circle cx="14" cy="9" r="2"/>'
    '<circle cx="14" cy="14.5" r="2"/><path d="M6 9h6M5.6 7.9 12.3 4.6M5.6 10.1l6.7 3.3"/>',
    "service": '<path d="M9 1.5 16 5v8l-7 3.5L2 13V5zM2 5l7 3.5L16 5M9 8.5v8"/>',
    "job": '<circle cx="9" cy="9" r="7"/><path d="M9 4.5V9l3 2"/>',
    "table": '<path d="M2 3h14v12H2zM2 7h14M2 11h14M7 3v12"/>',
    "queue": '<path d="M1.5 5h3v8h-3zM6 5h3v8H6zM10.5 5h3v8h-3zM15 9h2.5"/>',
    "topic": '<circle cx="4" cy="9" r="2"/><path d="M8 5a6 6 0 0 1 0 8M11 2.5a10 10 0 0 1 0 13"/>',
    "bucket": '<path d="M2.5 4 4.5 16h9l2-12"/><ellipse cx="9" cy="4" rx="6.5" ry="2"/>',
    "secret": '<path d="M4 8h10v8H4zM6 8V5.5a3 3 0 0 1 6 0V8M9 11v2"/>',
    "parameter": '<path d="M2 5h14M2 9h14M2 13h14M6 3.5v3M12 7.5v3M5 11.5v3"/>',
    "file system": '<path d="M2 4h5l2 2h7v9H2z"/>',
    "database": '<ellipse cx="9" cy="4" rx="6" ry="2.3"/>'
    '<path d="M3 4v10c0 3 12 3 12 0V4M3 9c0 3 12 3 12 0"/>',
    "cache": '<path d="M10 1.5 3.5 10.5H9L8 16.5l6.5-9H9z"/>',
    "stream": '<path d="M2 6c3-4 5 3 7 0s5 3 7 0M2 12c3-4 5 3 7 0s5 3 7 0"/>',
    "everything": '<path d="M9 2 16.5 15.5H1.5zM9 7v4M9 13v.6"/>',
}
"""The SVG elements of each icon."""
