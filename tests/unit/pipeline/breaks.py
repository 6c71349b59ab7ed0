"""For each rule, what breaks it and what is then said: the rules' tests, and the examples of docs/pipeline.md."""

from __future__ import annotations

from dataclasses import dataclass

GOOD = """projectName: churn
modelPackageGroupName: churn-models
prodAccountId: "222233334444"
pipeline:
  metadata: {owner: ml}
  parameters:
    - {name: Kind, defaultValue: ml.m5.large, enumValues: [ml.m5.large, ml.m5.xlarge]}
    - {name: Limit, type: Float, defaultValue: 2}
  defaults:
    tags: {team: churn}
    retryPolicies: [{exceptionTypes: [Step.THROTTLING], maxAttempts: 3}]
  steps:
    - name: Prepare
      type: Processing
      cache: {enabled: true, expireAfter: P30D}
      processing:
        imageUri: xgboost:1.7-1
        instanceType: {parameter: Kind}
        instanceCount: 2
        scriptS3Uri: s3://bucket/prepare.py
        environment: {STAGE: dev}
        subnetIds: [subnet-1]
        securityGroupIds: [sg-1]
        volumeKmsKeyId: 1234abcd
        inputs: [{inputName: data, s3Uri: s3://bucket/data.csv}]
        outputs: [{outputName: train}, {outputName: report}]
        propertyFiles: [{propertyFileName: Report, outputName: report, filePath: report.json}]
    - name: Train
      type: Training
      training:
        imageUri: xgboost:1.7-1
        instanceType: ml.m5.large
        maxRuntimeInSeconds: 3600
        spot: {maxWait: 7200}
        hyperparameters: {num_round: 5}
        inputChannels: [{channelName: train, stepOutput: Prepare.train}, {channelName: test, s3Uri: s3://bucket/test}]
    - name: Tune
      type: Tuning
      tuning:
        imageUri: xgboost:1.7-1
        instanceType: ml.m5.large
        hyperparameters: {num_round: 5}
        objective: {metricName: validation:rmse, type: Minimize}
        ranges: {continuous: [{name: eta, minValue: 0.1, maxValue: 0.5}]}
        maxJobs: 4
        maxParallelJobs: 2
    - name: Make
      type: Model
      model: {imageUri: xgboost:1.7-1, modelDataStep: Train}
    - name: Score
      type: Transform
      transform: {modelStep: Make, instanceType: ml.m5.large, s3Uri: s3://bucket/test, environment: {A: b}}
    - name: Notify
      type: Lambda
      lambda:
        functionArn: arn:aws:lambda:us-east-1:111122223333:function:notify
        inputs: {job: {property: Train.TrainingJobName}}
        outputs: [{outputName: ticket}, {outputName: number}]
    - name: Spark
      type: EMR
      emr: {clusterId: j-1, jar: job.jar}
    - name: Gate
      type: Condition
      condition:
        conditions:
          - {operator: LessThan, stepName: Prepare, propertyFile: Report, jsonPath: mse, threshold: {parameter: Limit}}
        ifSteps: [Register]
        elseSteps: [Stop]
    - name: Register
      type: RegisterModel
      register:
        imageUri: xgboost:1.7-1
        modelDataStep: Train
        contentTypes: [text/csv]
        responseTypes: [text/csv]
        modelMetrics: {modelQuality: {stepName: Prepare, propertyFile: Report}}
    - name: Stop
      type: Fail
      fail: {errorMessage: "not below {parameter.Limit}"}
"""


@dataclass(frozen=True)
class Break:
    """What stands in a good pipeline, what is put there instead, and what is said, from its key path on."""

    old: str
    new: str
    said: str


STEPS = "pipeline.steps"

#: by the names of the rules' functions
BREAKS: dict[str, Break] = {
    "check_condition_forms": Break(
        "jsonPath: mse, threshold: {parameter: Limit}",
        "jsonPath: mse",
        f"{STEPS}[7].condition.conditions[0]: the key is missing: threshold, what LessThan compares with",
    ),
    "check_thresholds": Break(
        "threshold: {parameter: Limit}",
        "threshold: '2'",
        f"{STEPS}[7].condition.conditions[0].threshold: got '2', expected a number (without quotes) with LessThan",
    ),
    "check_better_than_serving": Break(
        "{operator: LessThan, stepName: Prepare, propertyFile: Report, jsonPath: mse, threshold: {parameter: Limit}}",
        "betterThanServing: {stepName: Prepare, propertyFile: Report, metric: mse, by: {parameter: Limit}}",
        f"{STEPS}[7].condition.conditions[0].betterThanServing: the parameter is missing: ServingVersion, of type "
        "String with the default 'none'",
    ),
    "check_one_source": Break(
        "stepOutput: Prepare.train",
        "stepOutput: Prepare.train, s3Uri: s3://bucket/train",
        f"{STEPS}[1].training.inputChannels[0]: got both, expected one of s3Uri and stepOutput",
    ),
    "check_step_outputs": Break(
        "Prepare.train",
        "Prepare.trian",
        f"{STEPS}[1].training.inputChannels[0].stepOutput: step 'Prepare' has no output 'trian' "
        "(did you mean 'train'?); its outputs: train, report",
    ),
    "check_properties": Break(
        "Train.TrainingJobName",
        "Train.TrainingJobname",
        f"{STEPS}[5].lambda.inputs.job: step 'Train' of type Training has no property 'TrainingJobname' "
        "(did you mean 'TrainingJobName'?)",
    ),
    "check_property_file_outputs": Break(
        "outputName: report, filePath",
        "outputName: reports, filePath",
        f"{STEPS}[0].processing.propertyFiles[0].outputName: step 'Prepare' has no output 'reports' "
        "(did you mean 'report'?); its outputs: train, report",
    ),
    "check_property_files": Break(
        "propertyFile: Report, jsonPath",
        "propertyFile: Reprt, jsonPath",
        f"{STEPS}[7].condition.conditions[0].propertyFile: step 'Prepare' has no property file 'Reprt' "
        "(did you mean 'Report'?); its property files: Report",
    ),
    "check_model_data": Break(
        "imageUri: xgboost:1.7-1, modelDataStep: Train",
        "imageUri: xgboost:1.7-1, modelDataStep: Prepare",
        f"{STEPS}[3].model.modelDataStep: step 'Prepare' is of type Processing, expected a Training step (or Tuning, "
        "AutoML)",
    ),
    "check_models": Break(
        "modelStep: Make",
        "modelStep: Train",
        f"{STEPS}[4].transform.modelStep: step 'Train' is of type Training, expected a Model step",
    ),
    "check_local_files": Break(
        "s3://bucket/prepare.py",
        "file:../prepare.py",
        f"{STEPS}[0].processing.scriptS3Uri: got 'file:../prepare.py', expected a path below the directory of the "
        "pipeline YAML, such as file:scripts/train.py",
    ),
    "check_known_steps": Break(
        "modelStep: Make",
        "modelStep: Mak",
        f"{STEPS}[4].transform.modelStep: unknown step 'Mak' (did you mean 'Make'?); the steps: Prepare, Train, Tune",
    ),
    "check_one_branch": Break(
        "elseSteps: [Stop]",
        "elseSteps: [Stop, Register]",
        f"{STEPS}[7].condition.elseSteps[1]: step 'Register' stands in two branches, first in one of 'Gate'",
    ),
    "check_conditions_in_branches": Break(
        "        elseSteps: [Stop]\n",
        "        elseSteps: [Stop, Deeper]\n    - name: Deeper\n      type: Condition\n"
        "      condition: {conditions: [{operator: Equals, value: {parameter: Limit}, threshold: 1}]}\n",
        f"{STEPS}[7].condition.elseSteps[1]: 'Deeper' is a Condition step in a branch of 'Gate': SageMaker has no "
        "nested conditions",
    ),
    "check_waits_for_conditions": Break(
        "      type: Model\n",
        "      type: Model\n      dependsOn: [Gate]\n",
        f"{STEPS}[3].dependsOn[0]: 'Gate' is a Condition step, which no step can wait for: put 'Make' into its "
        "ifSteps or elseSteps, or name a step before it",
    ),
    "check_cycles": Break(
        "data, s3Uri: s3://bucket/data.csv",
        "data, stepOutput: Train.modelArtifacts",
        f"{STEPS}[0]: the steps wait for each other in a circle: Prepare -> Train -> Prepare",
    ),
    "check_branch_scope": Break(
        "      type: Model\n",
        "      type: Model\n      dependsOn: [Register]\n",
        f"{STEPS}[3].dependsOn[0]: step 'Register' runs only in ifSteps of 'Gate', and 'Make' stands outside of it",
    ),
    "check_fail_steps": Break(
        "elseSteps: [Stop]",
        "elseSteps: []",
        f"{STEPS}[9]: Fail step 'Stop' stands in no branch of a condition: every execution would fail",
    ),
    "check_cache": Break(
        "expireAfter: P30D",
        "expireAfter: 30 days",
        f"{STEPS}[0].cache.expireAfter: got '30 days', expected a duration such as 30d, T12h, P30D or PT12H",
    ),
    "check_empty_texts": Break(
        "        scriptS3Uri: s3://bucket/prepare.py\n",
        "        scriptS3Uri: s3://bucket/prepare.py\n        arguments: [--label, '']\n",
        f"{STEPS}[0].processing.arguments[1]: got an empty text, which SageMaker refuses when the job starts",
    ),
    "check_retries": Break(
        "maxAttempts: 3",
        "maxAttempts: 3, expireAfterMin: 5",
        "pipeline.defaults.retryPolicies[0]: got both, expected one of maxAttempts and expireAfterMin",
    ),
    "check_spot": Break(
        "maxWait: 7200",
        "maxWait: 720",
        f"{STEPS}[1].training.spot.maxWait: got 720 seconds, expected at least maxRuntimeInSeconds, 3600",
    ),
    "check_vpc": Break(
        "        securityGroupIds: [sg-1]\n",
        "",
        f"{STEPS}[0].processing: got one of subnetIds and securityGroupIds, expected both: securityGroupIds is missing",
    ),
    "check_volume_keys": Break(
        "volumeKmsKeyId: 1234abcd",
        "volumeKmsKeyId: alias/jobs",
        f"{STEPS}[0].processing.volumeKmsKeyId: got the alias 'alias/jobs', expected the id or the ARN of a key for a "
        "volume",
    ),
    "check_text_lengths": Break(
        "STAGE: dev",
        f"STAGE: {'d' * 257}",
        f"{STEPS}[0].processing.environment.STAGE: got 257 characters, expected at most 256",
    ),
    "check_numbers": Break(
        "instanceCount: 2",
        "instanceCount: 200",
        f"{STEPS}[0].processing.instanceCount: got 200, expected at most 100",
    ),
    "check_entries": Break(
        "environment: {A: b}",
        f"environment: {{{', '.join(f'A{number}: b' for number in range(17))}}}",
        f"{STEPS}[4].transform.environment: got 17 entries, expected at most 16",
    ),
    "check_variable_names": Break(
        "environment: {A: b}",
        "environment: {2A: b}",
        f"{STEPS}[4].transform.environment.2A: got '2A', expected the name of a variable: letters, digits and _, no "
        "digit first",
    ),
    "check_tags": Break(
        "tags: {team: churn}",
        "tags: {aws:team: churn}",
        "pipeline.defaults.tags.aws:team: got the key 'aws:team', expected 1 to 128 letters, digits, spaces or "
        "_.:/=+-@, not aws:",
    ),
    "check_metadata": Break(
        "metadata: {owner: ml}",
        "metadata: {the owner: ml}",
        "pipeline.metadata.the owner: got the key 'the owner', expected 1 to 128 letters, digits, hyphens and "
        "underscores",
    ),
    "check_metrics": Break(
        "modelQuality: {stepName: Prepare, propertyFile: Report}",
        "modelQuality: {stepName: Prepare}",
        f"{STEPS}[8].register.modelMetrics.modelQuality: the key is missing: propertyFile",
    ),
    "check_unique_parameters": Break(
        "name: Limit",
        "name: Kind",
        "pipeline.parameters[1].name: the parameter 'Kind' stands twice",
    ),
    "check_defaults": Break(
        "type: Float, defaultValue: 2",
        "type: Float, defaultValue: two",
        "pipeline.parameters[1].defaultValue: got 'two', expected a number",
    ),
    "check_parameter_references": Break(
        "{parameter: Limit}",
        "{parameter: Limt}",
        f"{STEPS}[7].condition.conditions[0].threshold: unknown parameter 'Limt' (did you mean 'Limit'?); declared: "
        "Kind, Limit",
    ),
    "check_parameter_values": Break(
        "enumValues: [ml.m5.large, ml.m5.xlarge]",
        "enumValues: [ml.m5.large, ml.m5.xlage]",
        "pipeline.parameters[0].enumValues[1]: got the size 'xlage' in 'ml.m5.xlage', expected one such as xlarge "
        "(did you mean 'xlarge'?): pipeline.steps[0].processing.instanceType refers to the parameter 'Kind'",
    ),
    "check_unique_steps": Break("name: Tune", "name: Train", f"{STEPS}[2].name: the step 'Train' stands twice"),
    "check_one_block": Break(
        "      fail: {",
        "      condition: {conditions: [{operator: Equals, value: 1, threshold: 1}]}\n      fail: {",
        f"{STEPS}[9].condition: step 'Stop' is of type Fail, which has the key 'fail' and not 'condition'",
    ),
    "check_images": Break(
        "{imageUri: xgboost:1.7-1,",
        "{imageUri: xgboost:1.7,",
        f"{STEPS}[3].model.imageUri: got version '1.7' of the built-in XGBoost image, expected one of 1.5-1, 1.7-1 "
        "(did you mean '1.7-1'?)",
    ),
    "check_processing": Break(
        "inputName: data",
        "inputName: train",
        f"{STEPS}[0].processing.outputs[0].outputName: the input or output 'train' stands twice, and both would lie in "
        "one directory below /opt/ml/processing",
    ),
    "check_source_code": Break(
        "        hyperparameters: {num_round: 5}\n        inputChannels",
        "        hyperparameters: {num_round: 5}\n        sourceDir: s3://bucket/code.tar.gz\n        inputChannels",
        f"{STEPS}[1].training: the key is missing: entryPoint, which sourceDir comes with",
    ),
    "check_channels": Break(
        "channelName: test",
        "channelName: train",
        f"{STEPS}[1].training.inputChannels[1].channelName: the channel 'train' stands twice",
    ),
    "check_output_parameters": Break(
        "outputName: number",
        "outputName: ticket",
        f"{STEPS}[5].lambda.outputs[1].outputName: the output 'ticket' stands twice",
    ),
    "check_clusters": Break(
        "clusterId: j-1, ",
        "",
        f"{STEPS}[6].emr: got neither, expected one of clusterId and clusterConfig",
    ),
    "check_tuning": Break(
        "maxParallelJobs: 2",
        "maxParallelJobs: 20",
        f"{STEPS}[2].tuning.maxParallelJobs: got 20, expected at most maxJobs, 4",
    ),
    "check_s3_uris": Break(
        "s3://bucket/data.csv",
        "s3://My_Bucket/data.csv",
        f"{STEPS}[0].processing.inputs[0].s3Uri: got the bucket 'My_Bucket', expected 3 to 63 lower-case letters, "
        "digits, hyphens and dots",
    ),
    "check_instance_types": Break(
        "        instanceType: ml.m5.large\n        maxRuntime",
        "        instanceType: m5.large\n        maxRuntime",
        f"{STEPS}[1].training.instanceType: got 'm5.large', expected an instance type such as ml.m5.xlarge "
        "(did you mean 'ml.m5.large'?)",
    ),
    "check_accounts": Break(
        '"222233334444"', '"22223333444"', "prodAccountId: got '22223333444', expected an account id of 12 digits"
    ),
    "check_group_names": Break(
        "modelPackageGroupName: churn-models",
        "modelPackageGroupName: churn_models",
        "modelPackageGroupName: got 'churn_models', expected 1 to 63 letters and digits, with hyphens between them",
    ),
    "check_unused_parameters": Break(
        "instanceType: {parameter: Kind}",
        "instanceType: ml.m5.large",
        "pipeline.parameters[0]: the parameter 'Kind' is declared and nothing refers to it: {parameter: Kind}",
    ),
    "check_checkpoints_of_cached_steps": Break(
        "      type: Training\n      training:\n        imageUri: xgboost:1.7-1\n        instanceType: ml.m5.large\n"
        "        maxRuntimeInSeconds: 3600\n        spot: {maxWait: 7200}",
        "      type: Training\n      cache: {enabled: true, expireAfter: 30d}\n      training:\n"
        "        imageUri: xgboost:1.7-1\n"
        "        instanceType: ml.m5.large\n        maxRuntimeInSeconds: 3600\n"
        "        spot: {maxWait: 7200, checkpoint: true}",
        f"{STEPS}[1]: the place of the checkpoints differs with each execution and belongs to the cache key: the "
        "step is never answered from cache; give checkpoint an S3 URI, or none",
    ),
}
