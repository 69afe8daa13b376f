namespace Siamese.Pipelines.Faces;

/// <summary>Which of a picture's faces are taken.</summary>
public enum FaceSelection
{
    /// <summary>The one with the largest box: the person that a portrait is of.</summary>
    Largest,

    /// <summary>The one whose box's middle is nearest to the picture's.</summary>
    MostCentral,

    /// <summary>All of them, the largest first.</summary>
    All,
}
