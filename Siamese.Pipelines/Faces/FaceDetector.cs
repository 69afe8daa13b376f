using Microsoft.ML.Data;

namespace Siamese.Pipelines.Faces;

/// <summary>Finds faces in pictures, with their five landmarks. Any number of threads may use one at once; it is to be disposed.</summary>
/// <remarks>A detector of one's own derives from it, so that the whole chain can run on it.</remarks>
public abstract class FaceDetector : IDisposable
{
    /// <summary>Finds the faces of a picture.</summary>
    /// <param name="image">The picture, upright, of any size.</param>
    /// <returns>The faces, the surest first; none where there is no face.</returns>
    /// <exception cref="ObjectDisposedException">The detector or the image has been disposed.</exception>
    public IReadOnlyList<DetectedFace> Detect(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Detect(FacePicture.Read(image));
    }

    /// <summary>Finds the faces of a picture.</summary>
    /// <param name="picture">The picture's pixels.</param>
    /// <returns>The faces, the surest first.</returns>
    public abstract IReadOnlyList<DetectedFace> Detect(FacePicture picture);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the detector owns.</summary>
    /// <param name="disposing">Whether it is called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Greedy non-maximum suppression: takes the highest score, drops what overlaps it, and goes on with the rest.</summary>
    /// <param name="candidates">Boxes and their scores.</param>
    /// <param name="overlap">A box is dropped where its intersection over union with a taken one is above this.</param>
    /// <returns>The indices of the boxes that are left, by falling score.</returns>
    protected static IReadOnlyList<int> Suppress(IReadOnlyList<(FaceBox Box, float Score)> candidates, float overlap)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        var taken = new List<int>();

        // OrderByDescending keeps the order of equal scores, so that one picture gives one result.
        foreach (int index in Enumerable.Range(0, candidates.Count).OrderByDescending(index => candidates[index].Score))
        {
            if (taken.All(other => candidates[other].Box.IntersectionOverUnion(candidates[index].Box) <= overlap))
            {
                taken.Add(index);
            }
        }

        return taken;
    }
}
