namespace Siamese.Pipelines.Faces;

/// <summary>What becomes of a row whose image is missing, or whose file is missing, empty, damaged or too large.</summary>
public enum BadImagePolicy
{
    /// <summary>Its row stays and is marked as one without a face is; a warning in the log of the <c>MLContext</c> names the file and why.</summary>
    Mark,

    /// <summary>It is an error that names the row or the file.</summary>
    Throw,
}
