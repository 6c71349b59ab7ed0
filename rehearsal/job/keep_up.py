"""An embedded AWS that other commands may use: its state file, and staying until the end."""

from __future__ import annotations

from rehearsal import cage, state_file
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.job.plan import Plan


def stay(world: EmbeddedAws, plan: Plan) -> None:
    """Leave the state file for the other commands and wait for the end."""
    open_to_others(world, plan)
    print(f"\nembedded AWS at {world.endpoint}, accounts {', '.join(world.accounts.ids())}")
    print('in another terminal: eval "$(rehearse env)"; Ctrl-C or `rehearse down` ends it', flush=True)
    try:
        cage.rest()
    except KeyboardInterrupt:
        print("ending")
    finally:
        state_file.remove()


def open_to_others(world: EmbeddedAws, plan: Plan) -> None:
    """Leave the state file by which the other commands find this embedded AWS."""
    state_file.write(
        {
            "pid": cage.outer_pid,  # others see this one; inside, this process is the first of its namespace
            "endpoint": world.endpoint,
            "directory": str(world.directory),
            "account": plan.toolchain_account,
            "region": plan.toolchain_region,
            "accounts": {
                account: world.client_environment(account, plan.toolchain_region) for account in world.accounts.ids()
            },
        }
    )
