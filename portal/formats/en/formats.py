"""Read by Django (`FORMAT_MODULE_PATH`). Pages for people say their own formats; the fields of operations use this one."""

DATETIME_FORMAT = "Y-m-d H:i:s e"
DATE_FORMAT = "Y-m-d"
