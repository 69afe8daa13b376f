namespace Siamese.Pipelines.Faces;

/// <summary>A face and its embedding.</summary>
/// <param name="Face">The face; null where the whole picture was taken for it.</param>
/// <param name="Embedding">D components.</param>
public sealed record FaceEmbedding(DetectedFace? Face, float[] Embedding);
