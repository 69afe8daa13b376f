namespace Siamese.Pipelines.Faces;

/// <summary>The errors of face steps, worded once.</summary>
internal static class FaceErrors
{
    public static InvalidOperationException NoFace(string source, string options = nameof(FaceOptions)) => new(
        $"{source} shows no face that the detector finds. Take it out, lower the detector's minimum score, set the "
        + $"detector's {nameof(SsdFaceDetectorOptions.TurnBelowScore)} if the picture may lie on its side, or set "
        + $"{options}.{nameof(FaceOptions.NoFace)} to {nameof(NoFacePolicy.Mark)} or {nameof(NoFacePolicy.WholeImage)}.");

    public static InvalidOperationException NotSaved() => new(
        "A face step cannot be saved: it runs a detector and warps pixels in code that no ML.NET part has. Keep it apart: fit the chain that "
        + "follows on its output, save that chain with ml.Model.Save, and after loading put the face step before it with Append again.");
}
