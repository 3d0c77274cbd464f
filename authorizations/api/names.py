"""Names in a query, without regard to case: the systems before us did not look at it, so clients write any."""

from django.http import QueryDict

# Every name that a view of this package asks for, as it asks for it.
KNOWN = (
    *("api-version", "$top", "$skip", "continuationToken"),
    *("connectOptions", "lastChangeId", "lastChangeId64"),
    *("details", "coreAttributes", "memberId", "ownerId", "stateFilter"),
    *("authorizationId", "secretType"),
    *("displayFilterOption", "sortByOption", "isSortAscending"),
    *("pageSize", "isPublic"),
    *("startTime", "endTime", "batchSize", "skipAggregation", "format", "areaName"),
    *("defaultValue", "includeCapabilities", "includeHistory"),
)
BY_LOWER = {name.lower(): name for name in KNOWN}


def canonical(asked: QueryDict) -> QueryDict:
    """The same values under the names that the views know. Of several the last counts, as everywhere."""
    if all(BY_LOWER.get(name.lower(), name) == name for name in asked):
        return asked
    found = QueryDict(mutable=True)
    for name, values in asked.lists():
        known = BY_LOWER.get(name.lower(), name)
        found.setlist(known, found.getlist(known) + values)
    found._mutable = False
    return found
