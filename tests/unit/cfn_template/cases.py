"""What the functions of a template mean: written in YAML as people write it, each with its value or its error.

Every case is evaluated with PARAMETERS, MAPPINGS and CONDITIONS below; the resource `Bucket` has the physical id
`data-bucket` and the attributes `Arn` and `Website.Url`, and the export `shared-vpc` has the value `vpc-1`.
"""

from __future__ import annotations

from typing import Any

PARAMETERS: dict[str, Any] = {"Name": "shop", "Count": "2", "Zones": ["a", "b"], "Empty": "", "Flag": "true"}
MAPPINGS: dict[str, Any] = {"Sizes": {"prod": {"type": "large", "zones": ["a", "b"]}, "dev": {"type": "small"}}}
CONDITIONS = """
IsShop: !Equals [!Ref Name, shop]
IsOther: !Not [!Condition IsShop]
# declared before what it refers to
Late: !And [!Condition Later, !Condition IsShop]
Later: !Or [!Condition IsOther, !Equals ["2", !Ref Count]]
Numbers: !Equals [2, !Ref Count]
Booleans: !Equals [true, !Ref Flag]
Nested: !Not [!Or [!And [!Condition IsShop, !Condition IsOther], !Not [!Equals [!Ref Empty, ""]]]]
OfMap: !Equals [!FindInMap [Sizes, prod, type], large]
Listed: !Contains [!Ref Zones, b]
"""
OUTCOMES = {
    "IsShop": True,
    "IsOther": False,
    "Late": True,
    "Later": True,
    "Numbers": True,
    "Booleans": True,
    "Nested": True,
    "OfMap": True,
    "Listed": True,
}

VALUES: list[tuple[str, str, Any]] = [
    # --- references
    ("a parameter", "!Ref Name", "shop"),
    ("a list parameter", "!Ref Zones", ["a", "b"]),
    ("a resource", "!Ref Bucket", "data-bucket"),
    ("a pseudo parameter", "!Ref AWS::Partition", "aws"),
    ("an attribute, short", "!GetAtt Bucket.Arn", "arn:aws:s3:::data-bucket"),
    ("an attribute with dots, short", "!GetAtt Bucket.Website.Url", "http://data-bucket"),
    ("an attribute with dots, as a list", "Fn::GetAtt: [Bucket, Website.Url]", "http://data-bucket"),
    ("an attribute with dots, in three items", "Fn::GetAtt: [Bucket, Website, Url]", "http://data-bucket"),
    ("an attribute with dots, as text", "Fn::GetAtt: Bucket.Website.Url", "http://data-bucket"),
    ("an attribute whose name is a function", "Fn::GetAtt: [Bucket, !Join ['.', [Website, Url]]]", "http://data-bucket"),
    ("an export", "!ImportValue shared-vpc", "vpc-1"),
    ("an export with a made name", "Fn::ImportValue: !Join ['-', [shared, vpc]]", "vpc-1"),
    ("zones of the stack's region", "!GetAZs ''", ["eu-west-1a", "eu-west-1b"]),
    ("zones of another region", "!GetAZs us-east-1", ["us-east-1a", "us-east-1b"]),
    ("the first zone", "!Select [0, !GetAZs '']", "eu-west-1a"),
    # --- text
    ("a text with variables", "!Sub 'arn:${AWS::Partition}:s3:::${Bucket}/*'", "arn:aws:s3:::data-bucket/*"),
    ("a text with an attribute", "!Sub '${Bucket.Arn}/x'", "arn:aws:s3:::data-bucket/x"),
    ("a text with an attribute that has dots", "!Sub '<${Bucket.Website.Url}>'", "<http://data-bucket>"),
    ("a literal", "!Sub '${!Name} is ${Name}'", "${Name} is shop"),
    ("nothing but a literal", "!Sub '${!Literal}'", "${Literal}"),
    ("a literal of IAM", "!Sub 'home/${!aws:username}/${Name}'", "home/${aws:username}/shop"),
    ("spaces in a variable", "!Sub '${ Name }'", "shop"),
    ("a dollar and braces that are none", "!Sub '$Name {Name} $${Name}'", "$Name {Name} $shop"),
    ("own variables", "!Sub ['${A}-${B}', {A: !Ref Name, B: 1}]", "shop-1"),
    ("an own variable that shadows a parameter", "!Sub ['${Name}', {Name: own}]", "own"),
    ("an own variable that shadows a resource's attribute", "!Sub ['${Bucket.Arn}', {Bucket.Arn: own}]", "own"),
    ("an own variable made of what it shadows", "!Sub ['${Name}', {Name: !Sub 'my-${Name}'}]", "my-shop"),
    ("the value of a variable is not substituted again", "!Sub ['${A}', {A: '${Name}'}]", "${Name}"),
    ("a boolean in a text", "!Sub ['${A}', {A: true}]", "true"),
    ("parts joined", "!Join ['-', [a, !Ref Name, 3]]", "a-shop-3"),
    ("a list parameter joined", "!Join [',', !Ref Zones]", "a,b"),
    ("nothing joined", "!Join [',', []]", ""),
    ("what is no value is not joined", "!Join [',', [a, !If [IsOther, b, !Ref AWS::NoValue], c]]", "a,c"),
    ("a text in a join in a text", "!Sub ['<${All}>', {All: !Join [+, [!Sub '${Name}!', !Ref Count]]}]", "<shop!+2>"),
    ("split", "!Split [',', 'a,b,,c']", ["a", "b", "", "c"]),
    ("split without the delimiter", "!Split ['|', 'a,b']", ["a,b"]),
    ("split by more than a character", "!Split ['::', 'a::b']", ["a", "b"]),
    ("one of a split", "!Select [1, !Split [':', !Ref AWS::StackId]]", "stack"),
    ("an index as text", "!Select ['1', [a, b]]", "b"),
    ("an index of a parameter", "!Select [!Ref Count, [a, b, c]]", "c"),
    ("selected from a map's list", "!Select [1, !FindInMap [Sizes, prod, zones]]", "b"),
    ("an object selected", "!Select [0, [{a: !Ref Name}]]", {"a": "shop"}),
    ("base64", "!Base64 text", "dGV4dA=="),
    ("base64 of a text with variables", "Fn::Base64: !Sub 'é ${Name}'", "w6kgc2hvcA=="),
    ("blocks of addresses", "!Cidr [10.0.0.0/16, 2, 8]", ["10.0.0.0/24", "10.0.1.0/24"]),
    ("a block of addresses", "!Select [1, !Cidr ['10.0.0.0/24', !Ref Count, 6]]", "10.0.0.64/26"),
    ("blocks of addresses, eight bits", "!Cidr [10.0.0.0/16, 1]", ["10.0.0.0/24"]),
    # --- maps and conditions
    ("in a map", "!FindInMap [Sizes, dev, type]", "small"),
    ("in a map, by functions", "!FindInMap [Sizes, !Select [0, [prod]], !Join ['', [ty, pe]]]", "large"),
    ("one of two", "!If [IsShop, !Ref Name, !Ref Missing]", "shop"),
    ("an if in an if", "!If [IsOther, 1, !If [Late, 2, 3]]", 2),
    ("an if as a map", "!If [IsShop, {a: !If [IsOther, 1, !Ref AWS::NoValue], b: 2}, 0]", {"b": 2}),
    ("no value in a list", "[a, !If [IsOther, b, !Ref AWS::NoValue], c]", ["a", "c"]),
    ("no value in a map", "{a: 1, b: !Ref AWS::NoValue}", {"a": 1}),
    ("no value in a list in a map", "{a: [!Ref AWS::NoValue]}", {"a": []}),
    ("no value of a whole map", "{a: {b: !Ref AWS::NoValue}}", {"a": {}}),
    # --- what is no function
    ("plain values", "{a: 1, b: [true, null, 1.5], c: {}}", {"a": 1, "b": [True, None, 1.5], "c": {}}),
    ("a date stays text", "{Version: 2012-10-17}", {"Version": "2012-10-17"}),
    ("a key like a function beside another", "{Ref: Name, Other: 1}", {"Ref": "Name", "Other": 1}),
    ("the condition of a policy", "{Condition: {Bool: {'aws:SecureTransport': 'true'}}}",
     {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
]  # fmt: skip

ERRORS: list[tuple[str, str, str, str]] = [
    ("a name that nobody has", "!Ref Missing", "unresolved Missing", "Ref"),
    ("in a list in a map", "{a: [x, !Ref Missing]}", "unresolved Missing", "a.1.Ref"),
    ("in a text", "{a: !Sub 'x-${Missing}'}", "unresolved Missing", "a.Fn::Sub"),
    ("in an own variable", "!Sub ['${A}', {A: !Ref Missing}]", "unresolved Missing", "Fn::Sub.A.Ref"),
    ("an attribute that the resource has not", "!GetAtt Bucket.Colour", "unresolved Bucket.Colour", "Fn::GetAtt"),
    ("a function that is not known", "!Transform {Name: x}", "got the function Fn::Transform", "Fn::Transform"),
    ("a function that is not known, nested", "[!Join ['', [x, !Transform [1]]]]", "the function Fn::Transform",
     "0.Fn::Join.1.Fn::Transform"),
    ("a negative index", "!Select [-1, [a, b]]", "expected a list with the index -1", "Fn::Select"),
    ("an index out of range", "!Select [2, [a, b]]", "expected a list with the index 2", "Fn::Select"),
    ("an index that is none", "!Select [one, [a, b]]", "expected a list with the index one", "Fn::Select"),
    ("an index into a text", "!Select [0, text]", "got 'text', expected a list", "Fn::Select"),
    ("a text for a list", "!Join ['', text]", "got 'text', expected a list", "Fn::Join"),
    ("a list in a text", "!Sub '${Zones}'", "got ['a', 'b'], expected text", "Fn::Sub"),
    ("a list in a list that is joined", "!Join ['', [[a]]]", "got ['a'], expected text", "Fn::Join"),
    ("a list split", "!Split [',', [a]]", "got ['a'], expected text", "Fn::Split"),
    ("no value in a text", "!Sub ['${A}', {A: !Ref AWS::NoValue}]", "got AWS::NoValue, expected text", "Fn::Sub.A"),
    ("a map that is not there", "!FindInMap [Colours, a, b]", "got Fn::FindInMap of Colours::a::b", "Fn::FindInMap"),
    ("a default without its transform", "!FindInMap [Sizes, x, y, {DefaultValue: z}]", "expected three parameters",
     "Fn::FindInMap"),
    ("a condition that nobody has", "!If [Missing, 1, 2]", "got the condition 'Missing', which the template has not",
     "Fn::If"),
    ("a condition that is written out", "!If [!Equals [1, 1], 1, 2]", "expected a list argument", "Fn::If"),
    ("an if without an else", "!If [IsShop, 1]", "expected a list argument with three elements", "Fn::If"),
    ("a join without a delimiter", "!Join [[a, b]]", "expected a delimiter and a list", "Fn::Join"),
    ("an attribute without a resource", "!GetAtt Arn", "expected two non-empty parameters", "Fn::GetAtt"),
    ("a reference to a list", "Ref: [Name]", "got ['Name'], expected the name of a parameter", "Ref"),
    ("a text of three parts", "Fn::Sub: [a, {}, b]", "expected a string, or a string and an object", "Fn::Sub"),
    ("a split of one", "!Split ','", "got ',', expected a delimiter and a string", "Fn::Split"),
    ("one value compared", "!Equals [1]", "got [1], expected two values", "Fn::Equals"),
    ("two conditions turned round", "!Not [!Condition IsShop, !Condition IsOther]", "expected a list of one condition",
     "Fn::Not"),
    ("and of no list", "!And {a: 1}", "expected a list of conditions", "Fn::And"),
    ("a value for a condition", "!Not [!Ref Name]", "expected Equals, Not, And, Or or Condition", "Fn::Not.0"),
    ("blocks of no network", "!Cidr [10.0.0.1/16, 2, 8]", "has host bits set", "Fn::Cidr"),
]  # fmt: skip

CYCLES: list[tuple[str, str]] = [
    ("of itself", "A: !Not [!Condition A]"),
    ("of two", "A: !Not [!Condition B]\nB: !Not [!Condition A]"),
    ("behind what decides already", "A: !Or [!Equals [1, 1], !Condition B]\nB: !And [!Equals [1, 2], !Condition A]"),
    ("in a branch that is not taken", "A: !Equals [!If [B, 1, 2], 1]\nB: !Equals [!If [A, 1, 2], 1]"),
]

REFERENCES: list[tuple[str, str, list[tuple[str, str | None]]]] = [
    ("none", "{a: [1, text]}", []),
    ("in order, with repetitions", "[!Ref B, !Ref A, !Ref B]", [("B", None), ("A", None), ("B", None)]),
    ("attributes", "[!GetAtt A.B.C, {'Fn::GetAtt': [D, E]}]", [("A", "B.C"), ("D", "E")]),
    ("an attribute by a function", "Fn::GetAtt: [A, !Ref B]", [("A", None), ("B", None)]),
    ("in a text", "!Sub '${A}${!B}${ C.D.E }'", [("A", None), ("C", "D.E")]),
    ("own variables are none", "!Sub ['${A}${B}', {A: !GetAtt C.D}]", [("B", None), ("C", "D")]),
    ("both branches", "!If [X, !Ref A, !Sub '${B}']", [("A", None), ("B", None)]),
    ("deep", "!Join ['', [!Select [0, !Split [',', !Ref A]], {b: !Sub ['${C}', {C: !Ref D}]}]]",
     [("A", None), ("D", None)]),
    ("a key like a function beside another", "{Ref: A, Other: !Ref B}", [("B", None)]),
]  # fmt: skip
