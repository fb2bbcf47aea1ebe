"""The Hub's template for data sets: its headings, and its variables in their places.

Source: `datasetcard_template.md` in huggingface_hub; a test holds this against it.
"""

TEMPLATE = """\
# Dataset Card for {pretty_name}

{dataset_summary}

## Dataset Details

### Dataset Description

{dataset_description}

- **Curated by:** {curators}
- **Funded by:** {funded_by}
- **Shared by:** {shared_by}
- **Language(s) (NLP):** {language}
- **License:** {license}

### Dataset Sources

- **Repository:** {repo}
- **Paper:** {paper}
- **Demo:** {demo}

## Uses

### Direct Use

{direct_use}

### Out-of-Scope Use

{out_of_scope_use}

## Dataset Structure

{dataset_structure}

## Dataset Creation

### Curation Rationale

{curation_rationale_section}

### Source Data

#### Data Collection and Processing

{data_collection_and_processing_section}

#### Who are the source data producers?

{source_data_producers_section}

### Annotations

#### Annotation process

{annotation_process_section}

#### Who are the annotators?

{who_are_annotators_section}

#### Personal and Sensitive Information

{personal_and_sensitive_information}

## Bias, Risks, and Limitations

{bias_risks_limitations}

### Recommendations

{bias_recommendations}

## Citation

**BibTeX:**

{citation_bibtex}

**APA:**

{citation_apa}

## Glossary

{glossary}

## More Information

{more_information}

## Dataset Card Authors

{dataset_card_authors}

## Dataset Card Contact

{dataset_card_contact}
"""
