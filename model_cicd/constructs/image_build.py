"""The build of a group's own images: the only one with docker, which may push to exactly their repositories."""

from __future__ import annotations

import json
from collections.abc import Sequence

from constructs import Construct

from model_cicd.aws.own_images import VARIABLE, ImageStore
from model_cicd.constructs.artifact_store import ArtifactStore
from model_cicd.constructs.build_project import BuildProject, Program
from model_cicd.constructs.container_statements import image_statements
from model_cicd.constructs.iam import Statement
from model_cicd.constructs.image_store import PUSH

# The tag is a digest of what is in the folder, by content and path: the same folder is the same image, in whatever
# order a source was unpacked. A repository takes a tag once, so nothing that was looked at is ever another thing later.
_BUILD = f"""set -euo pipefail
login() {{
  aws ecr get-login-password --region "$1" | docker login --username AWS --password-stdin "$2"
}}
registries_of() {{
  sed -nE 's#^ *FROM +(--platform=[^ ]+ +)?([0-9]+[.]dkr[.]ecr[.][a-z0-9-]+[.]amazonaws[.]com([.]cn)?)/.*#\\2#Ip' "$1"
}}
login "$IMAGE_REGION" "$IMAGE_REGISTRY"
digest_of() {{
  aws ecr batch-get-image --region "$IMAGE_REGION" --registry-id "$IMAGE_ACCOUNT" --repository-name "$1" \\
    --image-ids imageTag="$2" --query 'images[0].imageId.imageDigest' --output text
}}
found=""
for each in $IMAGES; do
  IFS='|' read -r name path repository <<< "$each"
  if [ ! -f "$path/Dockerfile" ]; then
    echo "images $name: got no $path/Dockerfile in the training repository, expected one" >&2
    exit 1
  fi
  grep -qiE '^[[:space:]]*USER[[:space:]]' "$path/Dockerfile" ||
    echo "images $name: $path/Dockerfile has no USER: its containers run as root"
  tag=$(cd "$path" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-64)
  digest=$(digest_of "$repository" "$tag")
  if [ "$digest" = None ]; then
    for registry in $(registries_of "$path/Dockerfile" | sort -u); do
      login "$(cut -d. -f4 <<< "$registry")" "$registry"
    done
    docker build --tag "$IMAGE_REGISTRY/$repository:$tag" "$path"
    docker push "$IMAGE_REGISTRY/$repository:$tag"
    digest=$(digest_of "$repository" "$tag")
  else
    echo "images $name: $path did not change since $digest"
  fi
  found="$found${{found:+,}}$name=$IMAGE_REGISTRY/$repository@$digest"
done
export {VARIABLE}="$found"
echo "{VARIABLE}=${VARIABLE}"
"""
_WHY = "docker takes privileged mode; the role of this project may push images to the group's repositories, no more"


def image_build_spec() -> str:
    """The buildspec, which is the same for all groups."""
    spec = {
        "version": 0.2,
        "env": {"shell": "bash", "exported-variables": [VARIABLE]},
        "phases": {"build": {"commands": [_BUILD], "on-failure": "ABORT"}},
    }
    return json.dumps(spec, indent=2)


def image_build(
    scope: Construct, id: str, *, store: ImageStore, description: str, artifacts: ArtifactStore, bases: Sequence[str]
) -> BuildProject:
    """The project of `store`, which builds the source of the pipeline of `artifacts`.

    Base images come from the repositories `bases` (ARNs), or from registries that let everybody in.
    """
    listed = " ".join(f"{each.image}|{each.path}|{each.name}" for each in store.images)
    return BuildProject(
        scope,
        id,
        description=description,
        program=Program(
            image_build_spec(),
            {
                "IMAGES": listed,
                "IMAGE_ACCOUNT": store.account,
                "IMAGE_REGION": store.region,
                "IMAGE_REGISTRY": store.registry,
            },
        ),
        artifacts=artifacts,
        statements=[*image_statements(bases), Statement("Push", PUSH, store.arns)],
        project=store.project,
        privileged=_WHY,
    )
