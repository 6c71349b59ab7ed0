"""What a training is told of the version that serves, so that it can be compared with it: names alone."""

from __future__ import annotations

#: variable of a build: the model package group of releases, where the deployment group has `compareWithServing`
VARIABLE = "RELEASE_GROUP_NAME"

#: parameters of a pipeline that the runner sets where they are declared, besides ServingVersion
SERVING_MODEL, LAST_DATA_SET = "ServingModelUrl", "LastDataSetUrl"
#: below this key of a comparison report stands, for each metric, by how much the new model is better
GAIN = "gain"
#: properties of a version: the digest of its data set, and in words what it is against the last one
DATA_SET = ("DataSetVersion", "DataSet")
