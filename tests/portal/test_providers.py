"""Several providers side by side (G2), and who speaks for several members."""

from services.cli.demo.stage import Stage
from tests.portal.ballots.steps import opened
from tests.portal.beside import Beside


def test_with_several_providers_a_page_asks_which(edge: Beside, stage: Stage) -> None:
    _, blue = edge.providers
    edge.name(stage, "wohnbau", blue, "kim")
    with edge.visitor() as visitor:
        page = visitor.get(f"/n/{stage.network}")
        assert page.url.path == "/sign-in"
        assert "Where does your organisation have its accounts?" in page.text
        assert page.text.index("Red provider") < page.text.index("Blue provider")
        edge.sign_in(visitor, blue, "kim", f"/n/{stage.network}")
        assert visitor.page.url.path == f"/n/{stage.network}"
        visitor.post("/sign-out")
        page = visitor.get("/sign-in")
        assert page.text.index("Blue provider") < page.text.index("Red provider")
        assert "Used last time in this browser" in page.text
        assert visitor.get("/sign-in/start?provider=https://unknown.example").status_code == 404


def test_the_same_name_at_another_provider_is_somebody_else(edge: Beside, stage: Stage) -> None:
    red, blue = edge.providers
    edge.name(stage, "wohnbau", blue, "kim")
    with edge.signed_in(red, "kim") as other:
        assert other.get(f"/n/{stage.network}").status_code == 404


def test_who_signs_in_for_a_member_that_is_bound_to_its_own_provider_does_so_there(edge: Beside, stage: Stage) -> None:
    red, blue = edge.providers
    edge.name(stage, "wohnbau", red, "alex")
    edge.name(stage, "wohnbau", blue, "kim", role="representative")
    path = f"{stage.path}/members/{stage.member('wohnbau')}"
    with edge.signed_in(red, "alex") as alex, edge.signed_in(blue, "kim") as kim:
        assert alex.get(f"/n/{stage.network}").status_code == 200
        stage.office.put(f"{path}/issuer", {"issuer": blue.url}, version=stage.office.get(path)["version"])
        assert kim.get(f"/n/{stage.network}/ballots").status_code == 200
        gone = alex.get(f"/n/{stage.network}/ballots")
        assert gone.status_code == 403
        assert "You no longer speak for a member of" in gone.text


def test_an_answer_of_the_other_provider_is_not_taken(edge: Beside) -> None:
    """RFC 9207: the provider that answers names itself."""
    red, blue = edge.providers
    with edge.visitor() as visitor:
        red.user = "kim"
        visitor.get(f"/sign-in/start?provider={red.url}", follow=False)
        address = visitor.page.headers["location"].replace(red.url, blue.url, 1)
        back = blue.authorize(
            dict(one.split("=", 1) for one in address.partition("?")[2].split("&"))
            | {
                "redirect_uri": f"{edge.portal.url}/sign-in/callback",
            }
        )
        assert visitor.get(back).status_code == 400
        assert not visitor.cookie()


def test_who_is_named_while_signed_in_is_let_in(edge: Beside, stage: Stage) -> None:
    red, _ = edge.providers
    with edge.signed_in(red, "lou") as lou:
        assert lou.get(f"/n/{stage.network}").status_code == 404
        edge.name(stage, "wohnbau", red, "lou")
        assert stage.eventually("the page", lambda: lou.get(f"/n/{stage.network}").status_code == 200)


def test_who_speaks_for_two_members_chooses_for_which(edge: Beside, stage: Stage) -> None:
    """The answer counts for the member that the page names."""
    red, _ = edge.providers
    for member in ("wohnbau", "bethel"):
        edge.name(stage, member, red, "toni")
    ballot = opened(stage, "wohnbau", "bethel")
    page = f"/n/{stage.network}/ballots/{ballot}"
    names = [stage.organisation(user).name for user in ("wohnbau", "bethel")]
    with edge.signed_in(red, "toni") as toni:
        toni.get(page)
        assert all(name in toni.page.text for name in names)
        for user, choice in (("bethel", "object"), ("wohnbau", "no-objection")):
            toni.get(page)
            chosen = toni.post("/acting-for", network=stage.network, member=stage.member(user))
            assert chosen.url.path == f"/n/{stage.network}"
            assert f"waits for the answer of {stage.organisation(user).name}." in chosen.text
            toni.get(page)
            toni.post(f"{page}/answer", choice=choice)
            assert toni.post(f"{page}/vote", choice=choice).status_code == 200
            assert stage.elector(ballot, user)["choice"] == choice
        toni.get(page)
        strange = toni.post("/acting-for", network=stage.network, member=stage.member("gfs"))
        assert strange.status_code == 404
