"""Who somebody is."""

from models.reading import people


async def test_a_rep_is_known_by_surface_team_and_user(world):
    ana = await world.rep("ana", languages=("en", "pt"))
    async with world.store.reading() as session:
        found = await people.rep_by_person(session, surface="slack", team="T1", user="UANA")
        assert found is not None
        assert (found.id, found.languages) == (ana, ("en", "pt"))
        assert await people.rep_by_person(session, surface="slack", team="T2", user="UANA") is None
        assert set(await people.reps(session, [ana, None, 99])) == {ana}


async def test_a_customer_is_found_by_handle_name_or_id(world):
    number = await world.heard(handle="lou@far.example")
    async with world.store.reading() as session:
        customer = await people.customer_of(session, number)
        assert customer is not None
        for words in ("@Lou@far.example", "Lou@Far.Example", str(customer.id)):
            assert await people.find_customers(session, words) == (customer,)
        assert await people.find_customers(session, "lo") == ()
        assert await people.identities(session, customer.id) == (customer,)
