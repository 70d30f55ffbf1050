"""Checks that template.yaml agrees with the state machine, the local run and the documents."""

import json
import pathlib
import re
import unittest

from samcli.yamlhelper import yaml_parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Actions that cannot be limited to a resource: log delivery and traces (docs/security.md).
WITHOUT_RESOURCE = re.compile(r"(logs|xray):")


def many(value):
    return value if isinstance(value, list) else [value]


class Template(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.template = yaml_parse((ROOT / "template.yaml").read_text())
        cls.resources = cls.template["Resources"]
        cls.definition = (ROOT / "statemachine" / "import.asl.json").read_text()

    def of_type(self, kind):
        return {name: one["Properties"] for name, one in self.resources.items() if one["Type"] == kind}

    def statements(self, role):
        return [
            statement
            for policy in self.of_type("AWS::IAM::Role")[role]["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]

    def test_every_placeholder_of_the_definition_is_substituted(self):
        machine = self.of_type("AWS::Serverless::StateMachine")["StateMachine"]
        self.assertEqual(set(machine["DefinitionSubstitutions"]), set(re.findall(r"\$\{(\w+)\}", self.definition)))

    def test_the_rule_is_the_one_of_the_local_run(self):
        deployed = self.of_type("AWS::Events::Rule")["UploadsRule"]["EventPattern"]
        local = json.loads((ROOT / "statemachine" / "uploads.rule.json").read_text())
        for pattern in (deployed, local):
            self.assertEqual(len(pattern["detail"]["bucket"]["name"]), 1)
            pattern["detail"]["bucket"]["name"] = ["the uploads bucket"]
        # Without UploadsPrefix, as the local run is.
        condition, narrowed, key = deployed["detail"]["object"]["key"]["Fn::If"]
        self.assertEqual((condition, narrowed), ("HasUploadsPrefix", [{"prefix": {"Ref": "UploadsPrefix"}}]))
        deployed["detail"]["object"]["key"] = key
        self.assertEqual(deployed, local)

    def test_the_partition_comes_in_by_substitution(self):
        written = re.sub(r"(?ms)^Mappings:.*?(?=^\w)", "", (ROOT / "template.yaml").read_text())
        for word in ("arn:aws", "console.aws", "console.amazonaws"):
            self.assertNotIn(word, written + self.definition)
        # Names of services that KMS knows have the suffix of the partition; those of principals have not.
        self.assertEqual(re.findall(r"(?<!Service: )\b\w+\.amazonaws\.com", re.sub("#.*", "", written)), [])

    def test_a_distributed_map_may_do_what_the_guide_lists_and_nothing_else(self):
        # Step Functions guide, "IAM policies for using Distributed Map states".
        statements = [one for one in self.statements("StateMachineRole") if "states:" in json.dumps(one["Action"])]
        labels = re.findall(r'"Label": "(\w+)"', self.definition)
        machine = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:%s:${AWS::StackName}-import"
        allowed = {one["Action"]: {arn["Fn::Sub"] for arn in many(one["Resource"])} for one in statements}
        self.assertEqual(
            allowed,
            {
                "states:StartExecution": {machine % "stateMachine"},
                "states:DescribeExecution": {machine % "execution" + ":*"},
                "states:RedriveExecution": {f"{machine % 'execution'}/{label}:*" for label in labels},
            },
        )

    def test_a_role_and_the_rule_that_takes_it_on_name_each_other(self):
        rule = self.of_type("AWS::Events::Rule")["UploadsRule"]["Name"]["Fn::Sub"]
        trust = self.of_type("AWS::IAM::Role")["UploadsRuleRole"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
        self.assertTrue(trust["ArnEquals"]["aws:SourceArn"]["Fn::Sub"].endswith(f":rule/{rule}"))

    def test_every_deployment_of_the_runbook_may_have_a_large_template(self):
        deployments = re.findall(r"(?m)^aws cloudformation deploy .*", (ROOT / "RUNBOOK.md").read_text())
        self.assertGreater(len(deployments), 3)
        for deployment in deployments:
            self.assertIn('--s3-bucket "$ARTIFACTS"', deployment)

    def test_a_function_ends_before_the_state_that_waits_for_it(self):
        def tasks(states):
            for state in states["States"].values():
                if state["Type"] == "Task":
                    yield state
                elif "ItemProcessor" in state:
                    yield from tasks(state["ItemProcessor"])

        substitutions = self.of_type("AWS::Serverless::StateMachine")["StateMachine"]["DefinitionSubstitutions"]
        functions = self.of_type("AWS::Serverless::Function")
        waited_for = set()
        for task in tasks(json.loads(self.definition)):
            placeholder = re.fullmatch(r"\$\{(\w+)\}", task["Parameters"]["FunctionName"])[1]
            name = many(substitutions[placeholder]["Fn::GetAtt"])[0].split(".")[0]
            self.assertLess(functions[name]["Timeout"], task["TimeoutSeconds"], name)
            waited_for.add(name)
        self.assertEqual(waited_for, set(functions))

    def test_each_function_has_a_role_and_a_log_group_of_its_own(self):
        functions = self.of_type("AWS::Serverless::Function").values()
        for of_its_own in ("Role", "LoggingConfig"):
            self.assertEqual(len({json.dumps(one[of_its_own]) for one in functions}), len(functions))
        for name, group in self.of_type("AWS::Logs::LogGroup").items():
            self.assertIn("RetentionInDays", group, name)

    def test_no_role_is_allowed_everything_or_on_everything(self):
        for role, properties in self.of_type("AWS::IAM::Role").items():
            self.assertNotIn("ManagedPolicyArns", properties, role)
            for statement in self.statements(role):
                for action in many(statement["Action"]):
                    self.assertNotIn("*", action, role)
                    if not WITHOUT_RESOURCE.match(action):
                        self.assertNotIn("*", many(statement["Resource"]), f"{role}: {action}")

    def test_the_document_names_every_permission_and_no_other(self):
        document = (ROOT / "docs" / "security.md").read_text()
        sections = dict(re.findall(r"(?ms)^## (\w+Role)\n(.*?)(?=^## )", document))
        self.assertEqual(set(sections), set(self.of_type("AWS::IAM::Role")))
        for role, section in sections.items():
            rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
            documented = {action for row in rows for action in re.findall(r"`([\w:]+)`", row)}
            allowed = {action for statement in self.statements(role) for action in many(statement["Action"])}
            self.assertEqual(documented, allowed, role)

    def test_the_runbook_names_outputs_and_parameters_that_there_are(self):
        runbook = (ROOT / "RUNBOOK.md").read_text()
        outputs = set(re.findall(r"\bout (\w+)", runbook))
        self.assertLessEqual(outputs, set(self.template["Outputs"]))
        described = dict(re.findall(r"(?m)^\| `(\w+)` \| ([^|]*) \|", runbook.split("## Deploy")[1].split("\n## ")[0]))
        self.assertEqual(set(described), set(self.template["Parameters"]))
        for name in re.findall(r"--parameter-overrides (\w+)=", runbook):
            self.assertIn(name, self.template["Parameters"])

    def test_there_is_a_dashboard_only_where_it_is_asked_for(self):
        dashboards = {name: one for name, one in self.resources.items() if one["Type"] == "AWS::CloudWatch::Dashboard"}
        self.assertEqual({one["Condition"] for one in dashboards.values()}, {"HasDashboard"})
        self.assertEqual(self.template["Parameters"]["Dashboard"]["Default"], "false")
        for name, output in self.template["Outputs"].items():
            if any(dashboard in json.dumps(output) for dashboard in dashboards):
                self.assertEqual(output["Condition"], "HasDashboard", name)

    def test_the_metrics_of_the_dashboard_are_those_that_load_writes(self):
        body = self.of_type("AWS::CloudWatch::Dashboard")["ImportsDashboard"]["DashboardBody"]["Fn::Sub"]
        metrics = [metric for widget in json.loads(body)["widgets"] for metric in widget["properties"]["metrics"]]
        namespace, shown = None, set()
        for metric in metrics:
            namespace = namespace if metric[0] in (".", "...") else metric[0]
            if namespace == "Lineup" and metric[0] != "...":
                shown.add(metric[1])
        code = "".join(path.read_text() for path in (ROOT / "functions" / "load" / "src").rglob("*.rs"))
        for name in shown:
            self.assertIn(f'"{name}"', code)


if __name__ == "__main__":
    unittest.main()
