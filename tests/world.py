"""The organisations and people that tests, seeds, demo and screenshots share: those of deploy/examples."""

from services.cli.examples import Applicant, Example, Organisation, Person, example

WORLD: Example = example()
OPERATOR: Person = WORLD.operator
BETHEL, WOHNBAU, DIAKONIE, GFS, TROCKENDOCK, STADT = WORLD.members
"""In the order of the register; at the beginning of the agreement the city holds the office."""
OFFICE: Organisation = WORLD.office_holder
SENNE: Applicant = WORLD.applicant
"""The seventh organisation, invented, which applies."""
