namespace Siamese.Pipelines.Faces;

/// <summary>A face and its embedding.</summary>
/// <param name="Face">The face; null where the whole picture was taken for it.</param>
/// <param name="Embedding">D components.</param>
/// <exception cref="ArgumentNullException">There is no embedding.</exception>
public sealed record FaceEmbedding(DetectedFace? Face, float[] Embedding)
{
    /// <summary>Gets the D components.</summary>
    public float[] Embedding { get; init => field = Guard.NotNull(value); } = Guard.NotNull(Embedding, nameof(Embedding));
}
