namespace Siamese.Pipelines.Faces;

/// <summary>What becomes of a picture in which no face is found.</summary>
public enum NoFacePolicy
{
    /// <summary>
    /// Its row stays and is marked: no boxes, no image, or an embedding of NaN, which <c>ml.Data.FilterRowsByMissingValues</c> takes out.
    /// </summary>
    Mark,

    /// <summary>The whole picture is taken for the face: what a folder of face crops wants.</summary>
    WholeImage,

    /// <summary>It is an error that names the row or the file.</summary>
    Throw,
}
