"""The tasks that the Hub takes for `pipeline_tag`, and the finer `task_ids` of data sets.

Source: `PIPELINE_DATA` in huggingface.js (packages/tasks/src/pipelines.ts), read in 2026, with the older tags that
published cards still carry.
"""

_PIPELINE_TAGS = """
any-to-any audio-classification audio-text-to-text audio-to-audio automatic-speech-recognition depth-estimation
document-question-answering feature-extraction fill-mask graph-ml image-classification image-feature-extraction
image-segmentation image-text-to-image image-text-to-text image-text-to-video image-to-3d image-to-image
image-to-text image-to-video keypoint-detection mask-generation multiple-choice object-detection other
question-answering reinforcement-learning robotics sentence-similarity summarization table-question-answering
table-to-text tabular-classification tabular-regression tabular-to-text text-classification text-generation
text-ranking text-retrieval text-to-3d text-to-audio text-to-image text-to-speech text-to-video
text2text-generation time-series-forecasting token-classification translation unconditional-image-generation
video-classification video-text-to-text video-to-video visual-document-retrieval visual-question-answering
voice-activity-detection zero-shot-classification zero-shot-image-classification zero-shot-object-detection
"""
PIPELINE_TAGS = frozenset(_PIPELINE_TAGS.split())

BASE_MODEL_RELATIONS = ("adapter", "merge", "quantized", "finetune")

_TASK_IDS = """
    acceptability-classification fact-checking hate-speech-detection intent-classification language-identification
    multi-class-classification multi-input-text-classification named-entity-recognition natural-language-inference
    part-of-speech semantic-similarity-classification sentiment-analysis sentiment-classification sentiment-scoring
    text-scoring topic-classification
    """
TASK_IDS = frozenset(_TASK_IDS.split())
