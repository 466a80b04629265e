"""Identifiers that cross boundaries. All are opaque to everyone but their owner.

A network's id is its slug (`bielefeld`), so that subjects and addresses stay readable; every other id is made by
`services.chassis.ids` with a prefix that names its kind (`bal_…`, `mem_…`) and sorts by time of creation.
"""

from typing import NewType

NetworkId = NewType("NetworkId", str)
OrganisationId = NewType("OrganisationId", str)
"""The organisation that hosts an installation or a part of one: an account on the bus, not a member."""
MemberId = NewType("MemberId", str)
PersonId = NewType("PersonId", str)
BallotId = NewType("BallotId", str)
ApplicationId = NewType("ApplicationId", str)
ExclusionId = NewType("ExclusionId", str)
NoticeId = NewType("NoticeId", str)
ApiKeyId = NewType("ApiKeyId", str)
OfferId = NewType("OfferId", str)
WebhookId = NewType("WebhookId", str)
DeliveryId = NewType("DeliveryId", str)
RecordId = NewType("RecordId", str)
"""The journal record that a fact belongs to: the id of a network, a ballot, an application, an exclusion, a notice."""
