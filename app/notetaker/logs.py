"""Logs as JSON lines on stdout, one object per event."""

import json
import logging
import logging.config
from datetime import UTC, datetime

FIELDS = ("method", "path", "status", "ms")


class JsonFormatter(logging.Formatter):
    """One line per record: time, level, message, task; a request's fields; a failure's traceback."""

    def __init__(self, task: str) -> None:
        """`task` is the id that every line carries."""
        super().__init__()
        self.task = task

    def format(self, record: logging.LogRecord) -> str:
        """The record as a JSON object without line breaks."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        line |= {field: getattr(record, field) for field in FIELDS if hasattr(record, field)}
        line["task"] = self.task
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up_logs(task: str) -> None:
    """Send everything, uvicorn's lines included, to stdout as JSON."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": JsonFormatter, "task": task}},
            "handlers": {
                "stdout": {
                    "class": "logging.StreamHandler",
                    "stream": "ext://sys.stdout",
                    "formatter": "json",
                }
            },
            # Where botocore found its credentials is of no interest in every start.
            "loggers": {"botocore": {"level": "WARNING"}},
            "root": {"level": "INFO", "handlers": ["stdout"]},
        }
    )
