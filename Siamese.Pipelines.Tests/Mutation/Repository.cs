namespace Siamese.Mutation;

/// <summary>Finds the repository that the working folder is in.</summary>
internal static class Repository
{
    public static string Find()
    {
        for (DirectoryInfo? folder = new(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Siamese.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"There is no Siamese.sln in '{Environment.CurrentDirectory}' or above it. Run this in the repository.");
    }
}
