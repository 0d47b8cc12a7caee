import click
from click.testing import CliRunner
from config_samples import ENVIRON, write_config

from bridge.cli_options import config_option, given_config


@click.group()
@config_option
def top():
    pass


@top.command()
@config_option
@click.pass_context
def name(context):
    click.echo(given_config(context).instance.name)


def test_the_configuration_may_be_named_before_the_command_and_after_it(tmp_path):
    path = str(write_config(tmp_path))
    for arguments in (["--config", path, "name"], ["name", "-c", path]):
        found = CliRunner(env=ENVIRON).invoke(top, arguments)
        assert found.output == "Seconded at example.org\n"
