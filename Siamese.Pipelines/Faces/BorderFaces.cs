namespace Siamese.Pipelines.Faces;

/// <summary>What becomes of a face whose box reaches the edge of its picture, so that a part of it may be missing.</summary>
public enum BorderFaces
{
    /// <summary>It is taken; what lies outside the picture is black in its chip.</summary>
    Keep,

    /// <summary>It does not count as a face.</summary>
    Drop,
}
